# shellcheck shell=bash
# Installs from the distribution what is missing, and only that. The servers' packages would start services of
# the host; a policy-rc.d that answers 101 keeps them from it while apt runs, and goes away afterwards.

# The packages for what the given commands lack: package:command or package:/path pairs.
missing_packages() {
  local pair package probe
  for pair in "$@"; do
    package=${pair%%:*} probe=${pair#*:}
    [[ $probe == /* && -e $probe ]] || PATH=$PATH:/usr/sbin:/sbin command -v "$probe" >/dev/null || printf '%s ' "$package"
  done
}

install_packages() {
  local missing
  missing=$(missing_packages "$@")
  if [[ -z $missing ]]; then
    STEP_NOTE="nothing to install"
    return
  fi
  command -v apt-get >/dev/null || die "install these first: $missing" 69
  if ((EUID != 0)); then
    printf 'dev: these packages are missing; run this as root, then start again:\n  %s\n' \
      "apt-get update && apt-get install -y --no-install-recommends $missing" >&2
    exit 69
  fi
  # shellcheck disable=SC2086
  apt_install $missing
  STEP_NOTE="installed $missing"
}

apt_install() (
  local policy=/usr/sbin/policy-rc.d log=$DIR/log/packages.log
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 25 "$log" >&2
    die "apt-get could not install: $*" 69
  fi
)

infra_packages() {
  prepare_dir
  install_packages rabbitmq-server:/usr/lib/rabbitmq/bin/rabbitmq-server mariadb-server:mariadbd \
    mariadb-server:mariadb-install-db mariadb-client:mariadb redis-server:redis-server redis-tools:redis-cli \
    openjdk-17-jre-headless:java maven:mvn unzip:unzip python3-aiosmtpd:/usr/lib/python3/dist-packages/aiosmtpd curl:curl \
    openssl:openssl ca-certificates:/usr/sbin/update-ca-certificates
}

# What ./dev lint needs besides the toolchain.
lint_packages() {
  prepare_dir
  install_packages shellcheck:shellcheck
}

all_packages() {
  infra_packages
  local note=$STEP_NOTE
  install_packages haproxy:haproxy build-essential:cc
  [[ $STEP_NOTE != nothing* ]] || STEP_NOTE=$note
  command -v cargo >/dev/null || die "Rust 1.94 or newer is missing: install it with rustup, then start again" 69
}

# What the fuzzer needs besides: Python with what makes a folder of its own for packages.
fuzz_packages() {
  all_packages
  local note=$STEP_NOTE
  install_packages python3:python3 python3-venv:/usr/share/doc/python3-venv
  [[ $STEP_NOTE != nothing* ]] || STEP_NOTE=$note
}

# What ./dev test needs besides: a browser that takes pictures of the pages, and a Korean font for it.
test_packages() {
  fuzz_packages
  local note=$STEP_NOTE
  install_packages chromium:chromium fonts-nanum:/usr/share/fonts/truetype/nanum/NanumGothic.ttf
  [[ $STEP_NOTE != nothing* ]] || STEP_NOTE=$note
}
