#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/debian13.sh [TEST.SH-ARGUMENT...]

Runs build-aux/test.sh on the files of the work tree in a Debian 13 system, with the compiler, GLib
and languages of Debian 13. At its first run the script makes this system in _build/debian13: it calls
debootstrap with the mirror that the machine's apt uses. test.sh then installs what the tests need in
the new system. Needs root.
EOT
}

top=$PWD/_build/debian13
root=$top/root
stamp=$top/complete

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
    debootstrap --variant=minbase --components=main trixie "$root" "$1" &&
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
  say "making a Debian 13 system in _build/debian13 from $mirror, which takes a minute"
  mkdir -p _build
  if ! make_system "$mirror" >_build/debian13.log 2>&1; then
    tail -n 100 _build/debian13.log >&2
    say 'making the system failed; the whole log is in _build/debian13.log'
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

# Prints the names of the files of the work tree, each with a NUL after it.
files() {
  local file
  if [ -e .git ]; then
    git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard --deduplicate
  else
    find . -path ./_build -prune -o \( -type f -o -type l \) -print0
  fi | while IFS= read -r -d '' file; do
    # The index still names files that have been removed.
    if [ -e "$file" ] || [ -L "$file" ]; then
      printf '%s\0' "$file"
    fi
  done
}

# tar keeps the times of the files, so a second run builds only what has changed.
copy_files() {
  mkdir -p "$root/athreading"
  find "$root/athreading" -mindepth 1 -maxdepth 1 ! -name _build -exec rm -rf -- {} +
  files | tar --create --null --no-recursion --files-from=- |
    tar --extract --no-same-owner --directory="$root/athreading"
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
  say 'needs root, to make another system and change into it'
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  say 'needs apt-get, whose mirror has the packages of the system'
  exit 1
fi
export PATH=$PATH:/usr/sbin:/sbin
build-aux/setup.sh debian13
if ! unshare --mount true; then
  say 'needs the right to mount (CAP_SYS_ADMIN), which this root user lacks'
  exit 1
fi
exec unshare --mount --propagation private build-aux/debian13.sh --inside "$@"
