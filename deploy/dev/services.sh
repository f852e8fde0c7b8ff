# shellcheck shell=bash
# The services of a set: what each is given in its environment, started as many times as asked, awaited until it
# says that it is ready, and the HAProxy in front of them. A replica that already runs the same binary with the
# same environment is left alone.

SERVICES=(ingress workers notifier indexer)

# What people may pass on to the services is any other DOCDE_* variable; these are ours to set.
MANAGED='^DOCDE_(DEV|DEV_DIR|PROFILE|URL|WS_URL|LISTEN|HEALTH_LISTEN|RUN_FILE|RABBITMQ_UI|JWT_.*|SEAL_KEYS|FAULT_.*|BIN_DIR)$'

amqp_url() { printf 'amqp://%s:%s@127.0.0.1:%s/%s' "$1" "$(rabbit_password "$1")" "$(port rabbitmq)" "${2:-docde}"; }
# Without the mode the client would take up TLS, which MariaDB offers, for what stays on the machine.
database_url() { printf 'mysql://%s:%s@127.0.0.1:%s/%s?ssl-mode=DISABLED' "$1" "$(secret "mariadb-$1")" "$(port mariadb)" "$2"; }
redis_url() { printf 'redis://:%s@127.0.0.1:%s/0' "$(secret redis)" "$(port redis)"; }
front() { printf '127.0.0.1:%s' "$(port haproxy)"; }

# common_env AMQP_USER : NAME=VALUE lines that every program of the set gets.
common_env() {
  cat <<ENV
DATABASE_URL=$(database_url docde docde)
REDIS_URL=$(redis_url)
AMQP_URL=$(amqp_url "$1")
RABBITMQ_UI_URL=$(rabbit_ui)
SEARCH_URL=$(search_url)
DOCDE_URL=http://$(front)
DOCDE_WS_URL=ws://$(front)/ws
DOCDE_JWT_PUBLIC_KEYS=dev1=$DIR/secrets/jwt-public.pem
DOCDE_DEV_DIR=$DIR
ENV
}

cli_env() {
  common_env "$1"
  printf 'DOCDE_JWT_SIGNING_KEY=dev1=%s\n' "$DIR/secrets/jwt-private.pem"
}

# The caller's own DOCDE_* settings (a clock, a batch size), as NAME=VALUE lines.
passed_on() {
  local name
  for name in $(compgen -e DOCDE_ | sort); do
    [[ $name =~ $MANAGED ]] || printf '%s=%s\n' "$name" "${!name}"
  done
}

# Threads that a program of the set runs its tasks on: where seven of them share two cores, one each; more only wake
# each other. Elsewhere what the runtime takes by itself, a thread a core.
runtime_threads() {
  if [[ -n ${TOKIO_WORKER_THREADS:-} ]]; then
    echo "TOKIO_WORKER_THREADS=$TOKIO_WORKER_THREADS"
  elif (($(nproc) <= 2)); then
    echo "TOKIO_WORKER_THREADS=1"
  fi
}

# service_env SERVICE N
service_env() {
  local user=$1
  [[ $1 != workers ]] || user=worker
  echo "DOCDE_LOG=${DOCDE_LOG:-info}"
  echo "RUST_BACKTRACE=1"
  runtime_threads
  passed_on
  common_env "$user"
  cat <<ENV
DOCDE_LISTEN=127.0.0.1:0
DOCDE_HEALTH_LISTEN=127.0.0.1:0
DOCDE_RUN_FILE=$DIR/run/$1-$2.json
ENV
  # Free text is sealed and opened by ingress and by nobody else.
  if [[ $1 == ingress ]]; then
    echo "DOCDE_SEAL_KEYS=dev1:$(cat "$DIR/secrets/seal")"
    echo "DOCDE_RABBITMQ_UI=$(rabbit_ui)"
    echo "DOCDE_JWT_SIGNING_KEY=dev1=$DIR/secrets/jwt-private.pem"
    echo "DOCDE_TRUST_FORWARDED=true"
    echo "MAIL_URL=$(mail_url)"
    echo "DOCDE_MAIL_FROM=DocDe <no-reply@docde.test>"
  fi
}

bin_dir() { [[ $PROFILE == dev ]] && printf '%s/debug' "$TARGET" || printf '%s/%s' "$TARGET" "$PROFILE"; }

# apply_env LINES : exports these NAME=VALUE lines, and none of the caller's DOCDE_* variables besides. Called in a
# subshell, so that no secret stands on a command line.
apply_env() {
  local line name
  for name in $(compgen -e DOCDE_); do unset "$name"; done
  while IFS= read -r line; do export "${line?}"; done <<<"$1"
}

# with_env LINES COMMAND...
with_env() (
  apply_env "$1"
  shift
  exec "$@"
)

run_cli() { with_env "$(passed_on; cli_env cli)" "$(bin_dir)/docde" "$@"; }

# service_stamp SERVICE N : changes when the binary or what it is told changes.
service_stamp() {
  { sha256sum <"$(bin_dir)/docde-$1"; service_env "$1" "$2"; } | sha256sum | cut -d' ' -f1
}

# The numbers of the replicas of a service that have a pid file.
replica_numbers() {
  local file
  for file in "$DIR/run/$1"-*.pid; do
    [[ -e $file ]] || continue
    file=${file##*-}
    echo "${file%.pid}"
  done
}

start_replica() {
  local name=$1-$2 stamp
  stamp=$(service_stamp "$1" "$2")
  if alive "$name" && [[ $(cat "$DIR/run/$name.stamp" 2>/dev/null) == "$stamp" ]]; then return; fi
  stop "$name" 30
  (
    apply_env "$(service_env "$1" "$2")"
    launch "$name" "$(bin_dir)/docde-$1"
  )
  echo "$stamp" >"$DIR/run/$name.stamp"
  CHANGED+="$name "
}

replica_ready() {
  local file=$DIR/run/$1.json
  [[ -s $file && $(json_field "$file" pid) == "$(pid_of "$1")" ]] \
    && curl -fsS --noproxy '*' --max-time 2 -o /dev/null "http://$(json_field "$file" health)/ready" 2>/dev/null
}

# start_services INGRESS WORKERS NOTIFIERS : to exactly that many of each; CHANGED names what was started.
start_services() {
  local service count n
  CHANGED=
  for service in "${SERVICES[@]}"; do
    count=$(replicas_of "$service" "$@")
    for n in $(replica_numbers "$service"); do
      ((n <= count)) || { stop "$service-$n" 30; CHANGED+="-$service-$n "; }
    done
    for ((n = 1; n <= count; n++)); do start_replica "$service" "$n"; done
  done
  for service in "${SERVICES[@]}"; do
    for ((n = 1; n <= $(replicas_of "$service" "$@"); n++)); do
      await "$service-$n" 60 replica_ready "$service-$n"
    done
  done
  STEP_NOTE=${CHANGED:-already running}
}

replicas_of() {
  case $1 in
    ingress) echo "$2" ;;
    workers) echo "$3" ;;
    notifier) echo "$4" ;;
    *) echo 1 ;;
  esac
}

stop_services() {
  local service n pids=()
  for service in "${SERVICES[@]}"; do
    for n in $(replica_numbers "$service"); do
      stop "$service-$n" 30 &
      pids+=($!)
    done
  done
  for n in "${pids[@]}"; do wait "$n"; done
}

# ---- HAProxy

server_lines() {
  local n name
  for n in $(replica_numbers "$1" | sort -n); do
    name=$1-$n
    printf '    server %s %s check addr 127.0.0.1 port %s\n' "$name" "$(json_field "$DIR/run/$name.json" http)" \
      "$(json_field "$DIR/run/$name.json" health | sed 's/.*://')"
  done
}

render_haproxy() {
  local text
  text=$(<"$ROOT/deploy/haproxy.cfg.in")
  text=${text//'@RESOLVERS@'/}
  text=${text//'@LUA@'/"\"$ROOT/deploy/haproxy.lua\""}
  text=${text//'@BIND@'/"$(front)"}
  text=${text//'@INGRESS_SERVERS@'/"$(server_lines ingress)"}
  printf '%s\n' "${text//'@NOTIFIER_SERVERS@'/"$(server_lines notifier)"}"
}

haproxy_binary() { PATH=$PATH:/usr/sbin command -v haproxy; }

# Starts it, or replaces it without closing its port when the replicas have changed.
start_haproxy() {
  local config=$DIR/haproxy/haproxy.cfg old takeover=()
  mkdir -p "$DIR/haproxy"
  render_haproxy >"$config.new"
  old=$(pid_of haproxy)
  if [[ -n $old ]] && cmp -s "$config.new" "$config"; then
    # shellcheck disable=SC2034  # step shows it
    STEP_NOTE="already running"
    return
  fi
  "$(haproxy_binary)" -c -q -f "$config.new" || die "HAProxy refuses $config.new"
  mv "$config.new" "$config"
  [[ -z $old ]] || takeover=(-sf "$old")
  launch haproxy "$(haproxy_binary)" -db -f "$config" "${takeover[@]}"
  await haproxy 10 haproxy_ready
  write_run haproxy "$(port haproxy)"
}

haproxy_ready() { port_answers "$(port haproxy)"; }
