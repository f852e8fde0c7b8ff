#!/usr/bin/env bash
# Shows that the fault suite needs each guard: takes one away at a time in a copy of the tree under target/guards,
# builds it, runs the suite on servers of its own, and expects it to fail. `none` takes nothing away and has to
# pass. Slow (a build and up to six rounds a guard), so not part of .ci/run.
#
#   tests/guards.sh [none|inbox|epoch|overlap|confirm ...]     all of them without arguments
#
# DOCDE_FAULT_ROUNDS (6) and DOCDE_FAULT_SEED (1) as for ./dev test faults.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WORK=$ROOT/target/guards
TREE=$WORK/tree
export CARGO_TARGET_DIR=$WORK/build

die() { printf 'guards: %s\n' "$1" >&2; exit "${2:-1}"; }

# The files of the working tree, tracked or not; only what differs is written, so that cargo builds no more than that.
copy_tree() {
  mkdir -p "$TREE"
  (cd "$ROOT" && git ls-files -z --cached --others --exclude-standard) | while IFS= read -r -d '' file; do
    [[ -e $ROOT/$file ]] || continue
    cmp -s "$ROOT/$file" "$TREE/$file" || { mkdir -p "$TREE/$(dirname "$file")" && cp -p "$ROOT/$file" "$TREE/$file" && touch "$TREE/$file"; }
  done
}

# replace FILE EXTENDED-EXPRESSION : sed that must change something.
replace() {
  local before
  before=$(sha256sum <"$TREE/$1")
  sed -E -i "$2" "$TREE/$1"
  [[ $(sha256sum <"$TREE/$1") != "$before" ]] || die "$1 has no place for: $2"
}

# Migrations are read at compile time by a file that cargo does not know to depend on them.
schema_changed() { touch "$TREE/platform/src/database.rs"; }

take_away() {
  case $1 in
    none) ;;
    # A command that was decided before is decided again: neither looked up nor held by the unique key.
    inbox)
      replace workers/src/batch.rs 's/let seen = store_facts::seen\(.*$/let seen = HashMap::<RequestId, Seen>::new();/'
      replace migrations/0003_request_order.sql 's/ADD UNIQUE KEY request_id/ADD KEY request_id/'
      schema_changed
      ;;
    # An owner that was given up commits all the same.
    epoch) replace workers/src/batch.rs 's/if fence\.epoch != desk\.epoch \{/if false {/' ;;
    # Two partitions may put a patient into two places.
    overlap)
      replace migrations/0001_spine.sql 's/UNIQUE KEY (booked_time_no_overlap|patient_time_no_overlap) \((.*), during WITHOUT OVERLAPS\)/KEY \1 (\2)/'
      schema_changed
      ;;
    # Accepted is what was written to a socket.
    confirm)
      replace platform/src/publisher/task.rs 's/Ok\(Ok\(confirm\)\) => confirmed\(.*$/Ok(Ok(confirm)) => { drop(confirm); Ok(()) }/'
      ;;
    *) die "no such guard: $1" 64 ;;
  esac
}

build() {
  cd "$TREE"
  cargo build --locked -q -p docde-ingress -p docde-workers -p docde-notifier -p docde-cli --bins
  cargo build --locked -q -p docde-tests --test faults
}

# What `./dev test faults` does, of the copy and without building what the suite does not need.
suite() (
  ROOT=$TREE TARGET=$CARGO_TARGET_DIR PROFILE=dev BASE=$WORK/set DIR=$WORK/set LONG=
  ROUNDS=${DOCDE_FAULT_ROUNDS:-6} SEED=${DOCDE_FAULT_SEED:-1}
  for part in common packages definitions infra services commands tests; do
    # shellcheck source=/dev/null
    source "$ROOT/deploy/dev/$part.sh"
  done
  prepare_dir
  in_set faults run_faults
)

# What the suite has to say, lest it failed for another reason.
complaint() {
  case $1 in
    inbox | confirm) echo 'an accepted request without its one outcome' ;;
    epoch) echo "the woken worker's batch to be refused|a partition's books|a green audit" ;;
    overlap) echo 'an overlap: patient' ;;
  esac
}

# run GUARD : the suite without it; its exit code.
run() {
  copy_tree
  schema_changed
  take_away "$1"
  (build) || die "$1: the tree does not build"
  suite >"$WORK/$1.log" 2>&1
}

main() {
  local guard found expected failed=0 guards=("$@")
  ((${#guards[@]})) || guards=(none inbox epoch overlap confirm)
  mkdir -p "$WORK"
  for guard in "${guards[@]}"; do
    expected=failed
    [[ $guard != none ]] || expected=passed
    if run "$guard"; then found=passed; else found=failed; fi
    [[ $found != failed ]] || grep -qE "$(complaint "$guard")" "$WORK/$guard.log" || found="failed for another reason"
    [[ $found == "$expected" ]] || failed=1
    printf '%-8s %s, expected %s; %s\n' "$guard" "$found" "$expected" "$WORK/$guard.log"
    [[ $found == passed ]] || grep -m 8 -A 7 -E "panicked at|^Error:" "$WORK/$guard.log" | cut -c1-220 | sed 's/^/    /'
  done
  return "$failed"
}

main "$@"
exit
