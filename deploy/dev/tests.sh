# shellcheck shell=bash
# `./dev lint` and `./dev test`: what .ci/run checks, each part timed against its budget. The service tests, the two
# commands and the fault suite get a set of their own each (below $DOCDE_DEV_DIR), made anew and stopped at the end
# whatever happens. A failed part does not hide the parts after it; only a failed build ends the run.

REPORT=()
FAILED=

command_lint() {
  cd "$ROOT"
  if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    die "lint needs rustfmt and clippy: rustup component add clippy rustfmt"
  fi
  lint_packages
  shellcheck -x dev deploy/dev/*.sh tests/guards.sh .ci/run
  cargo fmt --all --check
  cargo clippy --locked --workspace --all-targets -- -D warnings
}

parse_test() {
  FAULTS_ONLY=no ROUNDS=${DOCDE_FAULT_ROUNDS:-} LONG=${DOCDE_LONG:-}
  SEED=${DOCDE_FAULT_SEED:-$((RANDOM * 32768 + RANDOM))}
  while (($#)); do
    case $1 in
      faults) FAULTS_ONLY=yes ;;
      --rounds | --seed)
        [[ ${2:-} =~ ^[0-9]+$ ]] || die "$1 wants a number" 64
        if [[ $1 == --rounds ]]; then ROUNDS=$2; else SEED=$2; fi
        shift
        ;;
      --long) LONG=1 ;;
      *) die "test does not know $1" 64 ;;
    esac
    shift
  done
  # The long forms have no budget: more rounds here, larger counts in the tests that ask for DOCDE_LONG.
  if [[ -n $LONG ]]; then ROUNDS=${ROUNDS:-100}; else ROUNDS=${ROUNDS:-6}; fi
}

# part NAME BUDGET COMMAND... : runs it apart from this shell, so that a failure is noted and the rest goes on.
part() {
  local name=$1 budget=$2 from code=0
  shift 2
  [[ -z $LONG ]] || budget=-
  printf '\n==> %s\n' "$name"
  from=$(now_ms)
  # Not in a condition, which would switch `set -e` off inside; and without our lock's descriptor.
  set +e
  (set -e; "$@") 9>&-
  code=$?
  set -e
  REPORT+=("$name|$(seconds_since "$from")|$budget|$code")
  ((code == 0)) || FAILED+="$name "
  return 0
}

report() {
  local row name seconds budget code verdict
  printf '\n%-16s %9s %9s  %s\n' PART SECONDS BUDGET RESULT
  for row in "${REPORT[@]}"; do
    IFS='|' read -r name seconds budget code <<<"$row"
    verdict=passed
    ((code == 0)) || verdict="FAILED ($code)"
    if [[ $budget != - ]] && ((${seconds%.*} >= budget)); then verdict+=", over budget"; fi
    printf '%-16s %9s %9s  %s\n' "$name" "$seconds" "$budget" "$verdict"
  done
  printf '%-16s %9s\n' total "$(seconds_since "$STARTED")"
}

build_all() { cd "$ROOT" && cargo build --locked --workspace --all-targets; }

# test_env : exports for the tests what the set in DIR offers.
test_env() {
  unset "${!DOCDE_@}"
  export DATABASE_URL REDIS_URL AMQP_URL RABBITMQ_UI_URL SEARCH_URL
  DATABASE_URL=$(database_url docde_admin mysql)
  REDIS_URL=$(redis_url)
  AMQP_URL=$(amqp_url breakglass %2f)
  RABBITMQ_UI_URL=$(rabbit_ui)
  SEARCH_URL=$(search_url)
  export SSL_CERT_FILE=$DIR/secrets/ca.pem AMQP_TLS_PORT REDIS_TLS_PORT RABBITMQ_UI_TLS_PORT
  AMQP_TLS_PORT=$(port rabbitmq_tls)
  REDIS_TLS_PORT=$(port redis_tls)
  RABBITMQ_UI_TLS_PORT=$(port rabbitmq_ui_tls)
  export DOCDE_DEV=$ROOT/dev DOCDE_DEV_DIR=$DIR DOCDE_BIN_DIR=$TARGET/debug RUST_BACKTRACE=1
  if [[ -n $LONG ]]; then export DOCDE_LONG=$LONG; fi
}

# The test binaries of the tests package but the fault suite.
test_targets() {
  local file
  for file in "$ROOT"/tests/tests/*.rs "$ROOT"/tests/tests/*/main.rs; do
    [[ -e $file ]] || continue
    [[ $file != */main.rs ]] || file=${file%/main.rs}
    file=${file##*/}
    file=${file%.rs}
    [[ $file == faults ]] || printf -- '--test %s ' "$file"
  done
}

# One package after the other, so that no two of them share the machine while they measure time. A failure hides no other.
run_tests() {
  local targets failed=0
  cd "$ROOT"
  test_env
  cargo test --locked --no-fail-fast --workspace --exclude docde-tests || failed=1
  targets=$(test_targets)
  # shellcheck disable=SC2086
  [[ -z $targets ]] || cargo test --locked --no-fail-fast -p docde-tests --lib $targets || failed=1
  return $failed
}

run_faults() {
  cd "$ROOT"
  test_env
  export DOCDE_FAULT_ROUNDS=$ROUNDS DOCDE_FAULT_SEED=$SEED
  local features=()
  # tests/guards.sh alone names one.
  if [[ -n ${GUARD:-} ]]; then
    export DOCDE_GUARD_OFF=$GUARD
    features=(--features unguarded)
  fi
  echo "fault suite: $ROUNDS rounds, seed $SEED (again: ./dev test faults --rounds $ROUNDS --seed $SEED)"
  cargo test --locked -p docde-tests "${features[@]}" --test faults -- --nocapture | tee "$(faults_log)"
}

# The README's two commands for real, and its tour as printed (but for what needs a file or minutes): `up` twice, of which
# the second leaves everything as it runs, a booking with a token of `docde token`, the audit, `down`.
run_commands() {
  local before after said name
  # The tour works at the peak of a day too, when nobody waits who does not say so.
  export DOCDE_DEV_DIR=$DIR DOCDE_PROFILE=dev DOCDE_PEAK=00:00-23:59
  cd "$ROOT"
  said=$(./dev up)
  printf '%s\n' "$said"
  for name in packages 'build (dev)' migrations services 'first booking' up; do
    sed '1,/^What it took:$/d' <<<"$said" | grep "^  $name  .* s" >/dev/null || die "up does not say how long this took: $name"
  done
  before=$(pids_but_search)
  ./dev up
  after=$(pids_but_search)
  [[ $before == "$after" ]] || die "the second up has restarted something"
  ./dev docde token --patients 1 | sed 's/.*"token":"\([^.]*\).*/\1==/' | base64 -d 2>/dev/null | grep -q '"EdDSA"' \
    || die "tokens of docde token are not signed with EdDSA"
  for name in workers notifier indexer; do
    ! grep -q DOCDE_SEAL_KEYS "/proc/$(pid_of "$name-1")/environ" || die "$name is given the keys of sealed text"
  done
  said=$(bash -euo pipefail -c "$(tour)")
  printf '%s\n' "$said"
  grep '"access_token":' <<<"$said" >/dev/null || die "the tour has not signed up"
  grep '"state":"confirmed"' <<<"$said" | grep '"booking":{' >/dev/null || die "the tour's booking is not confirmed"
  # The account's own view alone has the hospital's name.
  grep '"hospital_name":' <<<"$said" | grep '"status":"checked_in"' >/dev/null || die "the tour's patient does not see the call"
  ./dev down --wipe
  [[ -z $(ls "$DIR") ]] || die "down --wipe has left something: $(ls "$DIR")"
}

# The search engine is started beside all else, and may come up between two looks.
pids_but_search() {
  local file
  for file in "$DIR"/run/*.pid; do [[ $file == */search* ]] || cat "$file"; done
}

# The lines of the tour, for the set in DOCDE_DEV_DIR.
# shellcheck disable=SC2016  # both are patterns, not expressions
tour() {
  sed -n '/^## A tour/,/^## /{/^```sh/,/^```$/p}' "$ROOT/README.md" | grep -vE '^```|^\./dev (demo|docde import)' \
    | sed 's|source \.dev/env|source "$DOCDE_DEV_DIR/env"|'
}

faults_log() { printf '%s/log/faults.txt' "$DIR"; }

# The suite's line of figures, which ends `./dev test faults`.
figures() {
  local line
  line=$(DIR=$BASE/faults; grep -s '^faults: ' "$(faults_log)" | tail -n 1) || true
  printf '%s\n' "${line:-faults: no figures, the suite ended before its first round}"
}

# new_set NAME : DIR becomes a fresh set below the base, up.
new_set() {
  DIR=$BASE/$1
  command_down --wipe
  prepare_dir
  infra_up
}

# with_set NAME COMMAND... : the command with DIR for a set that it makes itself, gone at the end whatever happens.
with_set() {
  DIR=$BASE/$1
  trap 'command_down --wipe >/dev/null 2>&1' EXIT
  command_down --wipe
  shift
  "$@"
}

# in_set NAME COMMAND... : the command with a set that exists only for it.
in_set() {
  local from
  trap 'command_down >/dev/null 2>&1' EXIT
  from=$(now_ms)
  new_set "$1"
  printf '  private RabbitMQ, MariaDB and Redis in %s: %s s\n' "$DIR" "$(seconds_since "$from")"
  shift
  "$@"
}

# When the run is interrupted, the part's subshell has set DIR for itself: stop the sets from here.
stop_sets() {
  local name
  for name in test faults commands fuzz; do
    DIR=$BASE/$name
    [[ ! -d $DIR/run ]] || command_down >/dev/null 2>&1 || true
  done
}

command_test() {
  BASE=$DIR STARTED=$(now_ms)
  parse_test "$@"
  prepare_dir
  exec 9>"$DIR/run/test.lock"
  flock -n 9 || die "another ./dev test runs here" 75
  trap stop_sets EXIT
  trap 'exit 130' INT TERM
  rm -f "$BASE/faults/log/faults.txt" "$BASE/log/fuzz.txt"
  part packages - test_packages
  part build 540 build_all
  if [[ -z $FAILED ]]; then
    [[ $FAULTS_ONLY == yes ]] || part lint - command_lint
    [[ $FAULTS_ONLY == yes ]] || part "service tests" 600 in_set test run_tests
    [[ $FAULTS_ONLY == yes ]] || part "two commands" 60 with_set commands run_commands
    [[ $FAULTS_ONLY == yes ]] || part fuzzer 150 with_set fuzz run_fuzz "$(fuzz_requests)" "$SEED"
    # shellcheck disable=SC2034  # search.sh looks at it
    WITH_SEARCH=no
    part faults 240 in_set faults run_faults
  fi
  report
  [[ -z $FAILED ]] || printf 'dev: failed: %s\n' "$FAILED" >&2
  if [[ $FAULTS_ONLY == yes ]]; then figures; else fuzz_figures; fi
  [[ -z $FAILED ]] || return 1
}
