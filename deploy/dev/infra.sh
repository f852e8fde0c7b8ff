# shellcheck shell=bash
# The private RabbitMQ, MariaDB, Redis and mail catcher of a set: configured, launched, awaited, stopped (the search engine's
# part is search.sh, and is not awaited). Everything listens on
# 127.0.0.1 only. RabbitMQ has a node name, a cookie, a distribution port and an epmd of its own, MariaDB has no
# socket file (a long path would exceed what a socket allows), so any number of sets live on one machine. Data and
# ports survive a kill; run/<name>.json says where each one is.

INFRA=(rabbitmq mariadb redis mail)

# write_run NAME PORT [UI_PORT] : {"pid":..,"port":..}, replaced in one move.
write_run() {
  local file=$DIR/run/$1.json ui=${3:+,\"ui_port\":$3}
  printf '{"pid":%s,"port":%s%s}\n' "$(pid_of "$1")" "$2" "$ui" >"$file.new"
  mv "$file.new" "$file"
}

# write_private FILE : stdin to a file that only we can read, replaced in one move.
write_private() {
  (umask 077 && cat >"$1.new")
  mv "$1.new" "$1"
}

# ---- RabbitMQ

rabbit_password() { secret "rabbitmq-$1"; }
# The hash keeps the node names of several sets apart.
rabbit_node() { printf 'docde-%s@localhost' "$(printf '%s' "$DIR" | cksum | cut -d' ' -f1)"; }
rabbit_ui() { printf 'http://127.0.0.1:%s' "$(port rabbitmq_ui)"; }
rabbit_get() { rabbit_curl breakglass "$(rabbit_password breakglass)" "$(rabbit_ui)$1" -f -o /dev/null 2>/dev/null; }

configure_rabbitmq() {
  local home=$DIR/rabbitmq
  (umask 077 && mkdir -p "$home/home" "$home/data" "$home/log")
  if [[ ! -s $home/home/.erlang.cookie ]]; then
    (umask 077 && secret erlang-cookie | tr -d '\n' >"$home/home/.erlang.cookie")
    chmod 400 "$home/home/.erlang.cookie"
  fi
  echo '[rabbitmq_management].' >"$home/enabled_plugins"
  : >"$home/env.conf"
  cp "$ROOT/rabbitmq/advanced.config" "$home/advanced.config"
  write_private "$home/rabbitmq.conf" <<CONF
listeners.tcp.local = 127.0.0.1:$(port rabbitmq)
listeners.ssl.local = 127.0.0.1:$(port rabbitmq_tls)
ssl_options.cacertfile = $DIR/secrets/ca.pem
ssl_options.certfile = $DIR/secrets/tls.pem
ssl_options.keyfile = $DIR/secrets/tls.key
ssl_options.verify = verify_none
management.tcp.ip = 127.0.0.1
management.tcp.port = $(port rabbitmq_ui)
management.ssl.ip = 127.0.0.1
management.ssl.port = $(port rabbitmq_ui_tls)
management.ssl.cacertfile = $DIR/secrets/ca.pem
management.ssl.certfile = $DIR/secrets/tls.pem
management.ssl.keyfile = $DIR/secrets/tls.key
collect_statistics_interval = 1000
heartbeat = 10
vm_memory_high_watermark.relative = 0.3
disk_free_limit.absolute = 200MB
default_user = breakglass
default_pass = $(rabbit_password breakglass)
CONF
}

launch_rabbitmq() {
  if alive rabbitmq; then return; fi
  local name home=$DIR/rabbitmq
  if ! alive epmd; then
    claim_port epmd
    launch epmd epmd -port "$(port epmd)" -address 127.0.0.1
  fi
  for name in rabbitmq rabbitmq_tls rabbitmq_ui rabbitmq_ui_tls rabbitmq_dist; do claim_port "$name"; done
  configure_rabbitmq
  # RUNNING_UNDER_SYSTEMD makes the start script replace itself by the Erlang machine, so that the
  # pid is the broker's. Schedulers with nothing to do sleep (+sbwt): the cores that they would spin on are everybody's.
  launch rabbitmq env -u RABBITMQ_SERVER_START_ARGS \
    RUNNING_UNDER_SYSTEMD=true HOME="$home/home" ERL_EPMD_PORT="$(port epmd)" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_NODENAME="$(rabbit_node)" \
    RABBITMQ_DIST_PORT="$(port rabbitmq_dist)" RABBITMQ_CONF_ENV_FILE="$home/env.conf" \
    RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf" RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins" RABBITMQ_MNESIA_BASE="$home/data" \
    RABBITMQ_LOG_BASE="$home/log" RABBITMQ_PID_FILE="$home/pid" RABBITMQ_GENERATED_CONFIG_DIR="$home/config" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none" \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

# Booted, listening for clients, and each of its queues has a leader.
rabbitmq_ready() {
  port_answers "$(port rabbitmq)" && rabbit_get "/api/health/checks/port-listener/$(port rabbitmq)" \
    && rabbit_get /api/health/checks/virtual-hosts && rabbit_leaders
}

rabbit_leaders() {
  local states
  states=$(rabbit_curl breakglass "$(rabbit_password breakglass)" "$(rabbit_ui)/api/queues?columns=name,state" -f) 2>/dev/null \
    && ! grep -oE '"state":"[a-z_]+"' <<<"$states" | grep -qvE '"(running|idle|live)"'
}

await_rabbitmq() {
  await rabbitmq 90 rabbitmq_ready
  write_run rabbitmq "$(port rabbitmq)" "$(port rabbitmq_ui)"
}

apply_definitions() {
  definitions_post "$ROOT/rabbitmq/definitions.json" "$(rabbit_ui)" rabbit_password
}

# rabbit_ctl ARGS... : rabbitmqctl against this set's node.
rabbit_ctl() {
  ERL_EPMD_PORT=$(port epmd) HOME=$DIR/rabbitmq/home RABBITMQ_NODENAME=$(rabbit_node) \
    RABBITMQ_CONF_ENV_FILE=$DIR/rabbitmq/env.conf /usr/lib/rabbitmq/bin/rabbitmqctl -q "$@"
}

# ---- MariaDB

mariadb_client() { mariadb --defaults-file="$DIR/mariadb/client.cnf" "$@"; }

configure_mariadb() {
  local home=$DIR/mariadb
  (umask 077 && mkdir -p "$home")
  write_private "$home/server.cnf" <<CONF
[mariadbd]
datadir = $home/data
port = $(port mariadb)
bind-address = 127.0.0.1
ssl-cert = $DIR/secrets/tls.pem
ssl-key = $DIR/secrets/tls.key
socket =
pid-file = $home/pid
init-file = $home/init.sql
skip-name-resolve
skip-log-bin
max_connections = 500
transaction-isolation = READ-COMMITTED
default-time-zone = +00:00
character-set-server = utf8mb4
collation-server = utf8mb4_general_ci
innodb_flush_log_at_trx_commit = 1
innodb_buffer_pool_size = 1G
innodb_log_file_size = 512M
CONF
  write_private "$home/client.cnf" <<CONF
[client]
protocol = tcp
host = 127.0.0.1
port = $(port mariadb)
user = docde_admin
password = $(secret mariadb-docde_admin)
CONF
  write_private "$home/init.sql" <<SQL
CREATE DATABASE IF NOT EXISTS docde;
CREATE OR REPLACE USER docde@'%' IDENTIFIED BY '$(secret mariadb-docde)';
GRANT ALL ON docde.* TO docde@'%';
CREATE OR REPLACE USER docde_admin@'%' IDENTIFIED BY '$(secret mariadb-docde_admin)';
GRANT ALL ON *.* TO docde_admin@'%' WITH GRANT OPTION;
SQL
}

# The system tables, made beside the data directory and moved in whole, so that an interrupted first start leaves
# nothing half made. Over TCP nobody is root.
install_mariadb() {
  local home=$DIR/mariadb
  [[ ! -d $home/data ]] || return 0
  rm -rf "$home/data.new"
  mariadb-install-db --no-defaults --datadir="$home/data.new" --user="$(id -un)" --skip-test-db \
    --auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" --skip-name-resolve \
    --innodb-log-file-size=512M >"$DIR/log/mariadb-install.log" 2>&1 \
    || { tail -n 25 "$DIR/log/mariadb-install.log" >&2; die "MariaDB's system tables could not be made"; }
  mv "$home/data.new" "$home/data"
}

launch_mariadb() {
  if alive mariadb; then return; fi
  claim_port mariadb
  configure_mariadb
  install_mariadb
  launch mariadb "$(PATH=$PATH:/usr/sbin command -v mariadbd)" --defaults-file="$DIR/mariadb/server.cnf" \
    --user="$(id -un)"
}

mariadb_ready() { mariadb_client -e 'SELECT 1' >/dev/null 2>&1; }

await_mariadb() {
  await mariadb 90 mariadb_ready
  write_run mariadb "$(port mariadb)"
}

# ---- Redis

launch_redis() {
  if alive redis; then return; fi
  claim_port redis
  claim_port redis_tls
  (umask 077 && mkdir -p "$DIR/redis")
  write_private "$DIR/redis/redis.conf" <<CONF
bind 127.0.0.1
port $(port redis)
tls-port $(port redis_tls)
tls-cert-file "$DIR/secrets/tls.pem"
tls-key-file "$DIR/secrets/tls.key"
tls-ca-cert-file "$DIR/secrets/ca.pem"
tls-auth-clients no
requirepass $(secret redis)
dir "$DIR/redis"
daemonize no
save ""
appendonly no
maxmemory-policy noeviction
CONF
  launch redis redis-server "$DIR/redis/redis.conf"
}

redis_ready() {
  [[ $(REDISCLI_AUTH=$(secret redis) redis-cli -h 127.0.0.1 -p "$(port redis)" ping 2>/dev/null) == PONG ]]
}

await_redis() {
  await redis 30 redis_ready
  write_run redis "$(port redis)"
}

# ---- mail: what catches it sends nothing on (mail_catcher.py)

mail_catcher() { /usr/bin/python3 "$ROOT/deploy/dev/mail_catcher.py" "$@"; }
mail_folder() { printf '%s/mail' "$DIR"; }
mail_url() { printf 'smtp://127.0.0.1:%s' "$(port mail)"; }

launch_mail() {
  if alive mail; then return; fi
  claim_port mail
  launch mail /usr/bin/python3 "$ROOT/deploy/dev/mail_catcher.py" serve "$(mail_folder)" "$(port mail)"
}

await_mail() {
  await mail 30 port_answers "$(port mail)"
  write_run mail "$(port mail)"
}

# ---- all of them

infra_up() {
  local name started=''
  make_certificate
  start_search_in_background
  for name in "${INFRA[@]}"; do
    alive "$name" || started+="$name "
    "launch_$name"
  done
  for name in "${INFRA[@]}"; do "await_$name"; done
  apply_definitions
  make_keys
  STEP_NOTE=${started:+started $started}
  STEP_NOTE=${STEP_NOTE:-already running}
}

infra_start() {
  case $1 in
    rabbitmq | mariadb | redis | mail)
      (
        flock 7
        "launch_$1"
        "await_$1"
      ) 7>"$DIR/run/$1.lock"
      ;;
    search)
      (
        flock 7
        install_engine
        launch_search
        await_search
      ) 7>"$DIR/run/search.lock"
      ;;
    haproxy) start_haproxy ;;
    *) die "no such part: $1" 64 ;;
  esac
}

infra_kill() {
  local pid
  case $1 in rabbitmq | mariadb | redis | search | mail | haproxy) ;; *) die "no such part: $1" 64 ;; esac
  pid=$(pid_of "$1")
  [[ -n $pid ]] || die "$1 does not run"
  kill -KILL "$pid"
  wait_gone "$1" 10 || die "$1 survived"
  rm -f "$DIR/run/$1.json"
}

infra_down() {
  local name
  stop haproxy 5
  stop_search
  for name in mail rabbitmq redis mariadb; do stop "$name" 60; done
  stop epmd 5
}

infra_status() {
  local name pid where
  printf '%-12s %-8s %8s  %s\n' PART STATE PID ADDRESS
  for name in "${INFRA[@]}" search haproxy; do
    pid=$(pid_of "$name") where=$(port "$name")
    where=${where:+127.0.0.1:$where}
    [[ $name != rabbitmq || -z $where ]] || where+=", UI $(rabbit_ui)"
    printf '%-12s %-8s %8s  %s\n' "$name" "$([[ -n $pid ]] && echo up || echo down)" "${pid:--}" "${where:--}"
  done
}

command_infra() {
  local verb=${1:-status} name=${2:-}
  prepare_dir
  case $verb in
    up)
      step "packages" infra_packages
      step "RabbitMQ, MariaDB, Redis, mail" infra_up
      ;;
    down) infra_down ;;
    start) infra_start "$name" ;;
    kill) infra_kill "$name" ;;
    rabbitmqctl) rabbit_ctl "${@:2}" ;;
    status) infra_status ;;
    *) die "infra up, down, start NAME, kill NAME, rabbitmqctl ARGS or status" 64 ;;
  esac
}
