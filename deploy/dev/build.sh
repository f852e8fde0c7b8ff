# shellcheck shell=bash
# Building what is to be started, and how far the build is. `up` builds the five programs that it starts, with a profile of
# its own (Cargo.toml); the bench and the demonstration add theirs. With the profile dev the whole workspace is built, as
# the tests do, so that CI builds once.

PROGRAMS=(docde-ingress docde-workers docde-notifier docde-indexer docde-cli)

# Between two lines that say how far the build is, seconds.
TELL_EVERY=15

cargo_build() {
  local what=() arguments=(build --locked --bins)
  if [[ $PROFILE == dev ]]; then
    what=(--workspace)
  else
    what=("${PROGRAMS[@]/#/--package=}")
    arguments+=(--profile "$PROFILE")
  fi
  # On a terminal cargo shows a bar that moves, with what is left.
  if [[ -t 2 ]]; then
    (cd "$ROOT" && cargo "${arguments[@]}" "${what[@]}")
  else
    build_told
  fi
}

# Elsewhere a line now and then: crates that are done, of all. Reads what and arguments of its caller.
build_told() {
  local total line package from told status=0
  local -A built=()
  total=$(cd "$ROOT" && cargo tree --locked --edges normal,build --prefix none "${what[@]}" | cut -d' ' -f1,2 | sort -u | wc -l)
  from=$(now_ms) told=$from
  while :; do
    if read -r -t 1 line; then
      if [[ $line == *'"reason":"compiler-artifact"'* && $line != *'"kind":["custom-build"]'* ]]; then
        package=${line#*'"package_id":"'}
        built[${package%%'"'*}]=1
      fi
    elif (($? <= 128)); then
      break
    fi
    if (($(now_ms) - told >= TELL_EVERY * 1000)); then
      told=$(now_ms)
      printf '  building: %d of %d crates after %s s\n' "${#built[@]}" "$total" "$(seconds_since "$from")"
    fi
  done < <(cd "$ROOT" && exec cargo "${arguments[@]}" "${what[@]}" --quiet --message-format json-render-diagnostics)
  wait "$!" || status=$?
  # shellcheck disable=SC2034  # step shows it
  STEP_NOTE="${#built[@]} crates"
  return "$status"
}
