#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/debian13.sh [TEST.SH-ARGUMENT...]

Runs build-aux/test.sh on the files of the work tree in a Debian 13, with the compiler, GLib and
languages of that. The system is made in _build/debian13 once, by debootstrap from the mirror that
the machine's own apt uses; what the tests need is installed in there. Needs root.
EOT
}

top=$PWD/_build/debian13
root=$top/root
stamp=$top/complete

# The archive that apt has Debian's own packages from, without what is beside it: security, backports ...
mirror_of_machine() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' |
    sort -u | head -n 1
}

# How the machine's apt reaches its mirrors: proxies, certificates and what it does not check
apt_settings() {
  apt-config dump | sed -nE '/^Acquire::(https?::|ftp::|Check-)/p'
}

# The same for debootstrap, which downloads with wget
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

# Every step is chained, since the caller's `if` turns off `set -e` in here.
make_system() {
  rm -rf --one-file-system -- "$top" &&
    mkdir -p "$top" &&
    reach_mirror &&
    debootstrap --variant=minbase --components=main trixie "$root" "$1" &&
    touch "$stamp"
}

need_system() {
  local mirror
  [ ! -e "$stamp" ] || return 0
  mirror=$(mirror_of_machine)
  if [ -z "$mirror" ]; then
    say "apt has no mirror of Debian's, or no lists from it yet (apt-get update)"
    return 1
  fi
  say "making a Debian 13 in _build/debian13 from $mirror, which takes a minute"
  mkdir -p _build
  if ! make_system "$mirror" >_build/debian13.log 2>&1; then
    tail -n 100 _build/debian13.log >&2
    say 'the system could not be made; the whole log is _build/debian13.log'
    return 1
  fi
}

# What a download in the system needs: these may be others than in the last run.
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

# The names of the files of the work tree, ended by NUL
files() {
  local file
  if [ -e .git ]; then
    git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard --deduplicate
  else
    find . -path ./_build -prune -o \( -type f -o -type l \) -print0
  fi | while IFS= read -r -d '' file; do
    # A file that has been removed is in the index still.
    if [ -e "$file" ] || [ -L "$file" ]; then
      printf '%s\0' "$file"
    fi
  done
}

# The times of the files come along, so a second run builds what has changed.
copy_files() {
  mkdir -p "$root/athreading"
  find "$root/athreading" -mindepth 1 -maxdepth 1 ! -name _build -exec rm -rf -- {} +
  files | tar --create --null --no-recursion --files-from=- |
    tar --extract --no-same-owner --directory="$root/athreading"
}

# The environment of the tests in there: nothing of the machine's but this
environment() {
  local name
  printf '%s\0' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
  for name in TERM http_proxy https_proxy no_proxy "${!ATHR_STRESS_@}"; do
    [ ! -v "$name" ] || printf '%s\0' "$name=${!name}"
  done
}

# In a namespace of our own: with the last process in it the mounts are gone too, however it ended.
inside() {
  local variables
  need_system || return
  connect
  copy_files
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  mapfile -d '' -t variables < <(environment)
  exec chroot "$root" /usr/bin/env -i -C /athreading "${variables[@]}" build-aux/test.sh "$@"
}

case ${1:-} in
  --help) usage; exit 0 ;;
  --inside)
    shift
    inside "$@"
    exit
    ;;
esac

if [ "$(id -u)" -ne 0 ]; then
  say 'only root may make another system and change into it'
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  say 'needs apt-get, from whose mirror the system is made'
  exit 1
fi
export PATH=$PATH:/usr/sbin:/sbin
build-aux/setup.sh debian13
if ! unshare --mount true; then
  say 'needs the right to mount (CAP_SYS_ADMIN), which this root has not'
  exit 1
fi
exec unshare --mount --propagation private build-aux/debian13.sh --inside "$@"
