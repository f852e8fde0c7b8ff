# shellcheck shell=bash
# Helpers that every part of ./dev uses: messages and timed steps, secrets made once, ports chosen once, and
# processes that outlive the script and are found again by pid and kernel start time (a pid alone may have been
# given to somebody else).

die() {
  printf 'dev: %s\n' "$1" >&2
  exit "${2:-1}"
}

# Milliseconds since the epoch.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s' "${t%???}"; }

# seconds_since MS -> 1.2
seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

# The steps so far: text|seconds|note.
STEPS=()

# step TEXT COMMAND... : runs it here and says in one line how long it took. A function may set STEP_NOTE.
step() {
  local text=$1 from seconds
  shift
  STEP_NOTE=
  from=$(now_ms)
  [[ ! -t 1 ]] || printf '  %s ...\r' "$text"
  "$@"
  seconds=$(seconds_since "$from")
  STEPS+=("$text|$seconds|$STEP_NOTE")
  show_step "$text" "$seconds" "$STEP_NOTE"
}

show_step() { printf '  %-38s %6s s  %s\n' "$1" "$2" "$3"; }

# All steps again, together: what a long build has scrolled away.
show_steps() {
  local row text seconds note
  for row in "${STEPS[@]}"; do
    IFS='|' read -r text seconds note <<<"$row"
    show_step "$text" "$seconds" "$note"
  done
}

prepare_dir() {
  local made
  for made in run log secrets; do
    [[ -d $DIR/$made ]] || (umask 077 && mkdir -p "$DIR/$made")
  done
}

# secret NAME : its value; generated at the first call.
secret() {
  local file=$DIR/secrets/$1 made=$DIR/secrets/.$1.$BASHPID
  [[ -s $file ]] || (umask 077 && openssl rand -hex 16 >"$made" && mv -n "$made" "$file")
  cat "$file"
}

# The key pair that signs tokens here, and the key that seals free text.
make_keys() {
  local dir=$DIR/secrets
  (
    umask 077
    [[ -s $dir/jwt-private.pem ]] || openssl genpkey -algorithm ed25519 -out "$dir/jwt-private.pem" 2>/dev/null
    [[ -s $dir/jwt-public.pem ]] || openssl pkey -in "$dir/jwt-private.pem" -pubout -out "$dir/jwt-public.pem"
    [[ -s $dir/seal ]] || openssl rand -base64 32 >"$dir/seal"
  )
}

# A certificate for 127.0.0.1 and the authority that vouches for it, whose key is thrown away: the servers offer TLS on a
# port besides the plain one, as they would to clients on other machines.
make_certificate() {
  local dir=$DIR/secrets
  [[ ! -s $dir/tls.pem ]] || return 0
  (
    umask 077
    cd "$dir"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj '/CN=DocDe development' \
      -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.pem
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/CN=DocDe server' -keyout tls.key -out tls.csr
    openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out tls.pem.new \
      -extfile <(printf 'subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n')
    rm ca.key tls.csr
    mv tls.pem.new tls.pem
  ) >"$DIR/log/certificate.log" 2>&1 || { cat "$DIR/log/certificate.log" >&2; die "the certificate could not be made"; }
}

# json_field FILE KEY : the value of a flat JSON object's string or number.
json_field() {
  sed -nE "s/.*\"$2\"[[:space:]]*:[[:space:]]*\"?([^\",}]*)\"?.*/\1/p" "$1" 2>/dev/null | head -n 1
}

port_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# port NAME : the remembered port, or nothing.
port() {
  [[ ! -f $DIR/ports ]] || sed -n "s/^$1=//p" "$DIR/ports"
}

# claim_port NAME : remembers a port for it, another one when somebody else has taken the remembered one.
# Below the range that the kernel gives to outgoing connections.
claim_port() {
  local name=$1 chosen tries
  chosen=$(port "$name")
  # The last threads of a server that was killed keep its port for a moment after its pid is a zombie's.
  for ((tries = 0; tries < 50; tries++)); do
    [[ -n $chosen ]] || break
    port_answers "$chosen" || return 0
    sleep 0.1
  done
  (
    flock 8
    while :; do
      chosen=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
      if ! port_answers "$chosen" && ! grep -qs "=$chosen\$" "$DIR/ports"; then break; fi
    done
    { grep -vs "^$name=" "$DIR/ports" || true; echo "$name=$chosen"; } >"$DIR/ports.new"
    mv "$DIR/ports.new" "$DIR/ports"
  ) 8>"$DIR/run/ports.lock"
}

# The kernel's start time of a live process; nothing for a dead one or a zombie.
start_time() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} == [ZX] ]] || printf '%s' "${fields[19]}"
}

# pid_of NAME : its pid while it lives.
pid_of() {
  local pid since
  read -r pid since 2>/dev/null <"$DIR/run/$1.pid" || return 0
  [[ -z $since || $(start_time "$pid") != "$since" ]] || printf '%s' "$pid"
}

alive() { [[ -n $(pid_of "$1") ]]; }

# launch NAME COMMAND... : in a session of its own, with none of our descriptors, output to its log.
launch() {
  local name=$1
  shift
  (
    ulimit -n "$(raised_files)" 2>/dev/null || true
    exec 7>&- 8>&- 9>&-
    exec setsid "$@" </dev/null >>"$DIR/log/$name.log" 2>&1
  ) &
  printf '%s %s\n' "$!" "$(start_time "$!")" >"$DIR/run/$name.pid"
  disown
}

# Open files for a server: what the hard limit allows, up to 65,536.
raised_files() {
  local hard
  hard=$(ulimit -Hn)
  if [[ $hard == unlimited ]] || ((hard > 65536)); then hard=65536; fi
  printf '%s' "$hard"
}

# await NAME SECONDS CHECK... : until the check passes; fails with the end of the log when the process dies.
await() {
  local name=$1 deadline=$(($(now_ms) + $2 * 1000))
  shift 2
  until "$@"; do
    alive "$name" || { show_log_end "$name"; die "$name stopped while starting"; }
    (($(now_ms) < deadline)) || { show_log_end "$name"; die "$name is not ready in time"; }
    sleep 0.1
  done
}

show_log_end() {
  printf '%s\n' "--- end of $DIR/log/$1.log" >&2
  tail -n 25 "$DIR/log/$1.log" >&2 || true
}

# stop NAME SECONDS : asks it to end, waits, then kills. A frozen process is woken to hear the request.
stop() {
  local pid
  pid=$(pid_of "$1")
  if [[ -n $pid ]]; then
    kill -TERM "$pid" 2>/dev/null || true
    kill -CONT "$pid" 2>/dev/null || true
    wait_gone "$1" "$2" || { kill -KILL "$pid" 2>/dev/null || true; wait_gone "$1" 10; }
  fi
  rm -f "$DIR/run/$1.pid" "$DIR/run/$1.json" "$DIR/run/$1.stamp"
}

wait_gone() {
  local deadline=$(($(now_ms) + $2 * 1000))
  while alive "$1"; do
    (($(now_ms) < deadline)) || return 1
    sleep 0.05
  done
}
