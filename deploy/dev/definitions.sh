#!/usr/bin/env bash
# Applies rabbitmq/definitions.json to a broker over its management API: fills in the users' password hashes,
# which the file leaves empty so that it holds no secret, and posts it. Applying it again changes nothing. Sourced
# by ./dev; run by itself it is compose.yml's init step, with RABBITMQ_UI_URL and RABBITMQ_PASSWORD_<USER> set.
set -euo pipefail

# RabbitMQ's salted SHA-256 of a password: base64(salt, sha256(salt, password)), the salt being four characters
# derived from user and password, so that the same password gives the same hash and nothing changes.
rabbit_hash() {
  local user=$1 password=$2 salt
  salt=$(printf '%s\n%s' "$user" "$password" | openssl dgst -sha256 -hex | sed 's/.*= *//' | cut -c1-4)
  { printf '%s' "$salt"; printf '%s%s' "$salt" "$password" | openssl dgst -sha256 -binary; } | base64 -w0
}

# definitions_users FILE : the names of its users.
definitions_users() { sed -nE 's/.*"name": "([a-z]+)", "password_hash".*/\1/p' "$1"; }

# definitions_render FILE PASSWORD_OF : to stdout, with the hash of what `PASSWORD_OF user` prints for each user.
definitions_render() {
  local file=$1 password_of=$2 user password script=''
  for user in $(definitions_users "$file"); do
    password=$("$password_of" "$user")
    [[ -n $password ]] || { echo "no password for RabbitMQ user $user" >&2; return 1; }
    script+="s|(\"name\": \"$user\", \"password_hash\": )\"\"|\\1\"$(rabbit_hash "$user" "$password")\"|;"
  done
  sed -E "$script" "$file"
}

# rabbit_curl USER PASSWORD URL ARGS... : curl with the password kept off the command line.
rabbit_curl() {
  local user=$1 password=$2 url=$3
  shift 3
  curl -sS --noproxy '*' --max-time 60 -K <(printf 'user = "%s:%s"\n' "$user" "$password") "$@" "$url"
}

# definitions_post FILE URL PASSWORD_OF
definitions_post() {
  local answer
  answer=$(definitions_render "$1" "$3" | rabbit_curl breakglass "$("$3" breakglass)" "$2/api/definitions" \
    -X POST -H 'content-type: application/json' --data-binary @- -w '\n%{http_code}')
  [[ ${answer##*$'\n'} == 20[0-9] ]] || { echo "RabbitMQ refused the definitions: $answer" >&2; return 1; }
}

password_from_environment() {
  local name=RABBITMQ_PASSWORD_${1^^}
  printf '%s' "${!name:?}"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  definitions_post "${1:-rabbitmq/definitions.json}" "${RABBITMQ_UI_URL:?}" password_from_environment
  echo "definitions applied"
fi
