# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# debian13.sh and i386.sh source this file after common.sh.

# describe_system NAME TITLE SUITE [ARCH PERSONALITY]: which system the other functions make and use. NAME is its folder
# in _build, and TITLE is for people. debootstrap gets SUITE and ARCH, and setarch gets PERSONALITY.
describe_system() {
  name=$1
  title=$2
  suite=$3
  arch=${4:-}
  personality=${5:-}
  top=$PWD/_build/$name
  root=$top/root
  stamp=$top/complete
}

# Prints the archive from which apt gets Debian's own packages, without security, backports and the like.
mirror_of_machine() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
    sort -u | head -n 1
}

# Prints the settings with which the machine's apt reaches its mirrors: proxies, certificates, skipped checks.
apt_settings() {
  apt-config dump | sed -nE '/^Acquire::(https?::|ftp::|Check-)/p'
}

# Passes the same settings to debootstrap, which downloads with wget.
reach_mirror() {
  local http https ca
  eval "$(apt-config shell http Acquire::http::Proxy https Acquire::https::Proxy ca Acquire::https::CAInfo)"
  https=${https:-${http:-}}
  [ "${http:-DIRECT}" = DIRECT ] || export http_proxy=$http
  [ "${https:-DIRECT}" = DIRECT ] || export https_proxy=$https
  if [ -n "${ca:-}" ]; then
    echo "ca_certificate = $ca" >"$top/wgetrc"
    export WGETRC=$top/wgetrc
  fi
}

# The steps are chained with &&, since the `if` around the call turns off `set -e` in this function.
make_system() {
  rm -rf --one-file-system -- "$top" &&
    mkdir -p "$top" &&
    reach_mirror &&
    debootstrap ${arch:+"--arch=$arch"} --variant=minbase --components=main "$suite" "$root" "$1" &&
    touch "$stamp"
}

need_system() {
  local mirror
  [ ! -e "$stamp" ] || return 0
  mirror=$(mirror_of_machine)
  if [ -z "$mirror" ]; then
    say "apt knows no Debian mirror, or has no package lists from it yet (run apt-get update)"
    return 1
  fi
  say "making $title in _build/$name from $mirror, which takes a minute"
  mkdir -p _build
  if ! make_system "$mirror" >"_build/$name.log" 2>&1; then
    tail -n 100 "_build/$name.log" >&2
    say "making the system failed; the whole log is in _build/$name.log"
    return 1
  fi
}

# Copies what downloads in the system need. The machine may have changed these files since the last run.
connect() {
  local file
  for file in /etc/resolv.conf /etc/hosts; do
    [ ! -e "$file" ] || cp --remove-destination -- "$file" "$root$file"
  done
  apt_settings >"$root/etc/apt/apt.conf.d/90machine"
  while read -r file; do
    [ ! -e "$file" ] || cp -rL --parents -- "$file" "$root"
  done < <(sed -nE 's/^Acquire::https::.* "(\/.*)";$/\1/p' "$root/etc/apt/apt.conf.d/90machine")
}

# Prints the environment of the tests in the system: only these variables come from the machine.
environment() {
  local name
  printf '%s\0' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
  for name in TERM http_proxy https_proxy no_proxy "${!ATHR_STRESS_@}" "${!ATHR_FUZZ_@}"; do
    [ ! -v "$name" ] || printf '%s\0' "$name=${!name}"
  done
}

# Runs in a mount namespace of its own: when its last process ends, in whatever way, the mounts are gone.
inside() {
  local variables
  need_system || return
  connect
  copy_files "$root/athreading"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mapfile -d '' -t variables < <(environment)
  # A 32-bit system sees a 32-bit machine.
  exec ${personality:+setarch "$personality"} chroot "$root" /usr/bin/env -i -C /athreading "${variables[@]}" build-aux/test.sh "$@"
}

# run_in_system ARGUMENT...: runs test.sh with the arguments in the system, and does not return.
run_in_system() {
  if [ "${1:-}" = --inside ]; then
    shift
    inside "$@"
    exit
  fi

  if [ "$(id -u)" -ne 0 ]; then
    say 'needs root, to make another system and change into it'
    exit 1
  fi
  if ! command -v apt-get >/dev/null; then
    say 'needs apt-get, whose mirror has the packages of the system'
    exit 1
  fi
  export PATH=$PATH:/usr/sbin:/sbin
  build-aux/setup.sh system
  if ! unshare --mount true; then
    say 'needs the right to mount (CAP_SYS_ADMIN), which this root user lacks'
    exit 1
  fi
  exec unshare --mount --propagation private "build-aux/$(basename -- "$0")" --inside "$@"
}
