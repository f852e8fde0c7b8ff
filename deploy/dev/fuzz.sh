# shellcheck shell=bash
# The fuzzer (tests/fuzz): schemathesis against a set of its own, as each role. Its Python packages are pinned and live in
# the base directory, made once.

# Requests of the short form and of the long one.
FUZZ_REQUESTS=1000
FUZZ_REQUESTS_LONG=12000

# What the set of the fuzzer is told. Limits that people meet are set higher, since it is everybody from one address; a clock of
# its own, since doctors work by the day, and a run must not meet midnight.
fuzz_settings() {
  local start=2026-11-30T09:00:00+09:00
  export DOCDE_DEV_DIR=$DIR DOCDE_PROFILE=dev DOCDE_PEAK=none DOCDE_CLOCK
  DOCDE_CLOCK=$start,1,$(now_ms)
  export DOCDE_RATE_PER_ACCOUNT=10000 DOCDE_RATE_PER_ADDRESS=10000 DOCDE_RATE_BURST=100000
  export DOCDE_PUBLIC_BURST=100000 DOCDE_PUBLIC_EVERY_MS=1 DOCDE_SIGN_IN_BURST=10000 DOCDE_SIGN_IN_EVERY_MS=1
  export DOCDE_CODE_PAUSE_SECONDS=1 DOCDE_CODES_AN_HOUR=100
  export DOCDE_DESK_CODES_AN_HOUR=10000 DOCDE_LOOK_UPS_AN_HOUR=10000 DOCDE_ENTERED_AN_HOUR=10000
  FUZZ_NOW=$start
}

# The packages of tests/fuzz/requirements.txt, in a folder that is named by what they are.
fuzz_python() {
  local wanted
  wanted=$(sha256sum <"$ROOT/tests/fuzz/requirements.txt" | cut -c1-12)
  FUZZ_PYTHON=$BASE/python-$wanted/bin/python
  [[ ! -e $BASE/python-$wanted/made ]] || return 0
  rm -rf "$BASE"/python-*
  python3 -m venv "$BASE/python-$wanted"
  "$FUZZ_PYTHON" -m pip install --quiet --disable-pip-version-check -r "$ROOT/tests/fuzz/requirements.txt"
  : >"$BASE/python-$wanted/made"
}

fuzz_requests() { if [[ -n $LONG ]]; then echo "$FUZZ_REQUESTS_LONG"; else echo "$FUZZ_REQUESTS"; fi; }

# run_fuzz REQUESTS SEED [ARGS...]
run_fuzz() {
  local requests=$1 seed=$2
  shift 2
  cd "$ROOT" || return
  fuzz_python
  fuzz_settings
  ./dev up --no-booking
  # Without the cache of a bytecode in the folder of the sources.
  PYTHONDONTWRITEBYTECODE=1 "$FUZZ_PYTHON" tests/fuzz --url "http://$(front)" --dev "$ROOT/dev" --mails "$(mail_folder)" \
    --now "$FUZZ_NOW" --requests "$requests" --seed "$seed" "$@" | tee "$BASE/log/fuzz.txt"
}

# The fuzzer's line of figures, which `./dev test` shows again at its end.
fuzz_figures() {
  local line
  line=$(grep -s '^fuzzer: .*seed ' "$BASE/log/fuzz.txt" | tail -n 1) || true
  printf '%s\n' "${line:-fuzzer: no figures, it ended before its report}"
}

# ./dev fuzz [--requests N] [--seed S] [--only NAME]
command_fuzz() {
  BASE=$DIR
  local requests=$FUZZ_REQUESTS seed=$RANDOM only=()
  while (($#)); do
    [[ -n ${2:-} ]] || die "$1 wants a value" 64
    case $1 in
      --requests) requests=$2 ;;
      --seed) seed=$2 ;;
      --only) only=(--only "$2") ;;
      *) die "fuzz does not know $1" 64 ;;
    esac
    shift 2
  done
  prepare_dir
  step "packages" fuzz_packages
  with_set fuzz run_fuzz "$requests" "$seed" "${only[@]}"
}
