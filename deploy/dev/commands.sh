# shellcheck shell=bash
# The commands for people: up, down, status, logs, docde, demo, bench. `up` is a list of steps each of which finds
# out by itself whether there is anything to do, so running it again costs seconds and changes nothing.

# The replica counts of the running system; options override them.
read_replicas() {
  INGRESS=1 WORKERS=1 NOTIFIERS=1
  # shellcheck source=/dev/null
  [[ ! -f $DIR/run/replicas ]] || source "$DIR/run/replicas"
}

count_argument() {
  [[ ${2:-} =~ ^[1-9][0-9]?$ ]] || die "$1 wants a number from 1 to 99" 64
  printf '%s' "$2"
}

parse_up() {
  BUILD=yes BOOKING=yes
  read_replicas
  while (($#)); do
    case $1 in
      --workers) WORKERS=$(count_argument "$@"); shift ;;
      --ingress) INGRESS=$(count_argument "$@"); shift ;;
      --notifiers) NOTIFIERS=$(count_argument "$@"); shift ;;
      --no-build) BUILD=no ;;
      --no-booking) BOOKING=no ;;
      *) die "up does not know $1" 64 ;;
    esac
    shift
  done
}

claim_front() {
  alive haproxy || claim_port haproxy
}

command_up() {
  local from
  parse_up "$@"
  from=$(now_ms)
  prepare_dir
  step "packages" all_packages
  if [[ $BUILD == yes ]]; then step "build ($PROFILE)" cargo_build; fi
  exec 9>"$DIR/run/up.lock"
  flock 9
  step "RabbitMQ, MariaDB, Redis, mail" infra_up
  claim_front
  step "migrations" run_cli migrate
  step "demonstration data" run_cli seed
  step "services" start_services "$INGRESS" "$WORKERS" "$NOTIFIERS"
  printf 'INGRESS=%s WORKERS=%s NOTIFIERS=%s\n' "$INGRESS" "$WORKERS" "$NOTIFIERS" >"$DIR/run/replicas"
  step "HAProxy" start_haproxy
  write_env
  exec 9>&-
  printf '\n'
  print_addresses
  if [[ $BOOKING == yes ]]; then step "first booking" first_booking; fi
  printf '\nWhat it took:\n'
  show_steps
  show_step "up" "$(seconds_since "$from")" ""
}

# Once for each set of data: a second `up` would take a second slot.
first_booking() {
  if [[ -e $DIR/run/first-booking ]]; then
    printf '\nA first booking was made when this set came up; another: ./dev docde first-booking\n'
    return
  fi
  printf '\nA first booking:\n'
  run_cli first-booking --url "http://$(front)" --ws "ws://$(front)/ws"
  : >"$DIR/run/first-booking"
}

write_env() {
  local line
  { cli_env breakglass; echo "MAIL_URL=$(mail_url)"; echo "DOCDE_BIN_DIR=$(bin_dir)"; } | while IFS= read -r line; do
    printf "export %s='%s'\n" "${line%%=*}" "${line#*=}"
  done | write_private "$DIR/env"
}

print_addresses() {
  cat <<TEXT
  pages and API     http://$(front)
  sockets           ws://$(front)/ws
  RabbitMQ UI       $(rabbit_ui)   operator / $(rabbit_password operator)
  search engine     $(search_url)   starts beside all this; until then the database answers searches
  mails             ./dev mails, or as files in $(mail_folder)
  for scripts       source $DIR/env
TEXT
}

command_down() {
  local wipe=${1:-}
  [[ -z $wipe || $wipe == --wipe ]] || die "down takes --wipe or nothing" 64
  prepare_dir
  stop haproxy 5
  stop_services
  infra_down
  rm -f "$DIR/run/replicas" "$DIR/env"
  [[ $wipe != --wipe ]] || wipe_set
}

# Only what a set owns: other sets may live in directories below this one.
wipe_set() {
  rm -rf "${DIR:?}"/{rabbitmq,mariadb,redis,search,mail,haproxy,run,log,secrets,screenshots,ports,env}
}

command_status() {
  local service n name pid file
  prepare_dir
  infra_status
  for service in "${SERVICES[@]}"; do
    for n in $(replica_numbers "$service" | sort -n); do
      name=$service-$n pid=$(pid_of "$service-$n") file=$DIR/run/$service-$n.json
      printf '%-12s %-8s %8s  %s, health %s\n' "$name" "$(replica_state "$name")" "${pid:--}" \
        "$(json_field "$file" http)" "$(json_field "$file" health)"
    done
  done
}

replica_state() {
  if ! alive "$1"; then echo down; elif replica_ready "$1"; then echo ready; else echo waiting; fi
}

command_logs() {
  local files=()
  shopt -s nullglob
  case ${1:-} in
    rabbitmq) files=("$DIR"/rabbitmq/log/*localhost.log) ;;
    ?*) files=("$DIR/log/$1.log" "$DIR/log/$1"-[0-9]*.log) ;;
  esac
  shopt -u nullglob
  for ((n = ${#files[@]} - 1; n >= 0; n--)); do [[ -e ${files[n]} ]] || unset "files[n]"; done
  ((${#files[@]})) || die "logs SERVICE: ingress, workers, notifier, indexer, rabbitmq, mariadb, redis, search, mail or haproxy" 64
  exec tail -n 50 -F "${files[@]}"
}

need_running() {
  if [[ ! -f $DIR/env ]] || ! alive rabbitmq; then die "nothing runs here: ./dev up first" 69; fi
}

# The mails that were caught, as JSON lines, oldest first.
command_mails() {
  [[ ! -d $(mail_folder) ]] || mail_catcher list "$(mail_folder)"
}

command_docde() {
  need_running
  run_cli "$@"
}

# bench_tool ARGS... : docde-bench against the set in DIR.
bench_tool() {
  with_env "$(runtime_threads; passed_on; cli_env breakglass; echo "DOCDE_DEV=$ROOT/dev"; echo "DOCDE_BIN_DIR=$(bin_dir)"
    echo "DOCDE_PROFILE=$PROFILE")" "$(bin_dir)/docde-bench" "$@"
}

# A clinic's day, at a clock of its own that runs sixty times as fast: on a set of its own, made anew, because no clock of
# a set may ever go back.
command_demo_line() {
  DIR=$DIR/line
  PROGRAMS+=(docde-bench)
  command_down --wipe
  # The clock begins when all is built.
  step "packages" all_packages
  step "build ($PROFILE)" cargo_build
  export DOCDE_CLOCK DOCDE_RATE_PER_ACCOUNT=0 DOCDE_RATE_PER_ADDRESS=0
  DOCDE_CLOCK=$(TZ=Asia/Seoul date +%F)T08:55:00+09:00,60,$(date +%s%3N)
  trap 'command_down' EXIT
  trap 'exit 130' INT TERM
  command_up --no-booking --no-build
  bench_tool demo-line "$@"
}

command_demo() {
  if [[ ${1:-} == line ]]; then
    shift
    command_demo_line "$@"
    return
  fi
  # The demonstration edits the doctors' release rules as it begins.
  export DOCDE_DIRECTORY_MS=${DOCDE_DIRECTORY_MS:-1000}
  PROGRAMS+=(docde-bench)
  command_up --no-booking
  bench_tool demo "$@"
}

# The server's full-text engine, with which search is compared. Where it cannot be had, the bench says so and goes on.
with_mroonga() {
  (install_packages mariadb-plugin-mroonga:/usr/lib/mysql/plugin/ha_mroonga.so) \
    && mariadb_client -e "INSTALL PLUGIN IF NOT EXISTS mroonga SONAME 'ha_mroonga'" || echo "dev: measuring without Mroonga" >&2
}

command_bench() {
  local what=run
  case ${1:-} in
    overload | backlog | guesses) what=$1; shift ;;
    search | search_quality) what=${1/_/-}; shift ;;
  esac
  if [[ $what == search* ]]; then
    # The list and its index stay there for the next time.
    DIR=$DIR/bench_search
  else
    DIR=$DIR/bench
    # shellcheck disable=SC2034  # search.sh looks at it
    WITH_SEARCH=no
  fi
  # What is measured is optimised as far as it goes.
  PROFILE=${DOCDE_PROFILE:-release}
  PROGRAMS+=(docde-bench)
  trap 'command_down' EXIT
  trap 'exit 130' INT TERM
  command_up --no-booking
  if [[ $what == search* ]]; then await_search; fi
  if [[ $what == search ]]; then with_mroonga; fi
  bench_tool "$what" "$@"
}
