#!/usr/bin/env bash
# Shows that the fault suite needs each guard: builds services and suite once so that a guard can be switched off
# (the cargo feature `unguarded`), runs the suite with one guard off at a time on servers of its own, and expects it
# to fail for the right reason. `none` switches nothing off and has to pass. Slow (up to six rounds a guard), so not
# part of .ci/run.
#
#   tests/guards.sh [none|inbox|epoch|overlap|confirm|tickets ...]     all of them without arguments
#
# DOCDE_FAULT_ROUNDS (6) and DOCDE_FAULT_SEED (1) as for ./dev test faults.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WORK=$ROOT/target/guards
# Apart from every other build: nothing else may run these services.
export CARGO_TARGET_DIR=$WORK/build

build() {
  cd "$ROOT"
  cargo build --locked -q -p docde-ingress -p docde-workers -p docde-notifier -p docde-cli --bins \
    --features docde-ingress/unguarded,docde-workers/unguarded
  cargo test --locked -q -p docde-tests --features unguarded --test faults --no-run
}

# suite GUARD : what `./dev test faults` does, without building what the suite does not need.
suite() (
  # shellcheck disable=SC2034  # for the parts of ./dev
  TARGET=$CARGO_TARGET_DIR PROFILE=dev BASE=$WORK/set DIR=$WORK/set LONG='' GUARD=$1
  # shellcheck disable=SC2034
  ROUNDS=${DOCDE_FAULT_ROUNDS:-6} SEED=${DOCDE_FAULT_SEED:-1} WITH_SEARCH=no
  for part in common packages definitions search infra build services commands tests; do
    # shellcheck source=/dev/null
    source "$ROOT/deploy/dev/$part.sh"
  done
  prepare_dir
  in_set faults run_faults
)

# What the suite has to say, lest it failed for another reason.
complaint() {
  case $1 in
    none) echo 'nothing' ;;
    # A command that was decided before is decided again. Accepted is what was written to a socket.
    inbox | confirm) echo 'an accepted request without its one outcome' ;;
    # An owner that was given up commits all the same.
    epoch) echo "the woken worker's batch to be refused|a partition's books|a green audit" ;;
    # Two partitions may put a patient into two places.
    overlap) echo 'an overlap: patient' ;;
    # Two partitions may give an account's last ticket at the same time.
    tickets) echo 'live tickets: .* in all' ;;
    *) echo "guards: no such guard: $1" >&2; exit 64 ;;
  esac
}

main() {
  local guard found expected wanted failed=0 guards=("$@")
  ((${#guards[@]})) || guards=(none inbox epoch overlap confirm tickets)
  for guard in "${guards[@]}"; do complaint "$guard" >/dev/null; done
  mkdir -p "$WORK"
  (build)
  for guard in "${guards[@]}"; do
    expected=failed
    [[ $guard != none ]] || expected=passed
    wanted=$(complaint "$guard")
    if suite "$guard" >"$WORK/$guard.log" 2>&1; then found=passed; else found=failed; fi
    [[ $found != failed ]] || grep -qE "$wanted" "$WORK/$guard.log" || found="failed for another reason"
    [[ $found == "$expected" ]] || failed=1
    printf '%-8s %s, expected %s; %s\n' "$guard" "$found" "$expected" "$WORK/$guard.log"
    [[ $found == passed ]] || { grep -m 8 -A 7 -E "panicked at|^Error:" "$WORK/$guard.log" || tail -n 8 "$WORK/$guard.log"; } | cut -c1-220 | sed 's/^/    /'
  done
  return "$failed"
}

main "$@"
exit
