# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# The scripts that make a Debian system in a folder of _build source this file, after common.sh.
#
# The steps of a function are chained with &&, since an `if` around a call turns off `set -e` in the function.

# Debian has debootstrap and chroot in these folders, which a user's PATH may lack.
export PATH=$PATH:/usr/sbin:/sbin

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

# reach_mirror FOLDER: passes the same settings to debootstrap, which downloads with wget. FOLDER gets a file for wget.
reach_mirror() {
  local http https ca
  eval "$(apt-config shell http Acquire::http::Proxy https Acquire::https::Proxy ca Acquire::https::CAInfo)"
  https=${https:-${http:-}}
  [ "${http:-DIRECT}" = DIRECT ] || export http_proxy=$http
  [ "${https:-DIRECT}" = DIRECT ] || export https_proxy=$https
  if [ -n "${ca:-}" ]; then
    echo "ca_certificate = $ca" >"$1/wgetrc"
    export WGETRC=$1/wgetrc
  fi
}

# make_system ROOT RELEASE MIRROR [DEBOOTSTRAP-OPTION...]
make_system() {
  local root=$1 release=$2 mirror=$3 top
  shift 3
  top=$(dirname -- "$root")
  rm -rf --one-file-system -- "$root" "$root.complete" &&
    mkdir -p "$top" &&
    reach_mirror "$top" &&
    debootstrap "$@" --variant=minbase --components=main "$release" "$root" "$mirror" &&
    touch "$root.complete"
}

# need_system ROOT RELEASE [DEBOOTSTRAP-OPTION...]: makes a minimal system in ROOT, unless an earlier run has made this
# system.
need_system() {
  local root=$1 release=$2 log=$1.log mirror
  shift 2
  [ ! -e "$root.complete" ] || return 0
  mirror=$(mirror_of_machine)
  if [ -z "$mirror" ]; then
    say 'apt knows no Debian mirror, or has no package lists from it yet (run apt-get update)'
    return 1
  fi
  say "making a Debian system ($release) in ${root#"$PWD/"} from $mirror, which takes a minute"
  mkdir -p "$(dirname -- "$log")"
  if ! make_system "$root" "$release" "$mirror" "$@" >"$log" 2>&1; then
    tail -n 100 "$log" >&2
    say "making the system failed; the whole log is in ${log#"$PWD/"}"
    return 1
  fi
}

# connect_system ROOT: copies what downloads in the system need. The machine may have changed these files since the last
# run.
connect_system() {
  local root=$1 file
  for file in /etc/resolv.conf /etc/hosts; do
    [ ! -e "$file" ] || cp --remove-destination -- "$file" "$root$file"
  done
  apt_settings >"$root/etc/apt/apt.conf.d/90machine"
  while read -r file; do
    [ ! -e "$file" ] || cp -rL --parents -- "$file" "$root"
  done < <(sed -nE 's/^Acquire::https::.* "(\/.*)";$/\1/p' "$root/etc/apt/apt.conf.d/90machine")
}

# mount_system ROOT: mounts the file systems of the kernel. The caller runs in a mount namespace of its own: when the
# last process of the namespace ends, in whatever way, the mounts are gone.
mount_system() {
  mount -t proc proc "$1/proc" &&
    mount --rbind /sys "$1/sys" &&
    mount --rbind /dev "$1/dev"
}

# Prints the environment of the programs in a system: only these variables come from the machine.
environment_of_system() {
  local name
  printf '%s\0' PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
  for name in TERM http_proxy https_proxy no_proxy "${!ATHR_STRESS_@}" "${!ATHR_FUZZ_@}"; do
    [ ! -v "$name" ] || printf '%s\0' "$name=${!name}"
  done
}

# in_system ROOT FOLDER COMMAND...: runs COMMAND in FOLDER of the system.
in_system() {
  local root=$1 folder=$2 variables
  shift 2
  mapfile -d '' -t variables < <(environment_of_system)
  chroot "$root" /usr/bin/env -i -C "$folder" "${variables[@]}" "$@"
}

# Fails unless this user can make a system and mount in it.
can_make_systems() {
  if [ "$(id -u)" -ne 0 ]; then
    say 'needs root, to make another system and change into it'
    return 1
  fi
  if ! command -v apt-get >/dev/null; then
    say 'needs apt-get, whose mirror has the packages of the system'
    return 1
  fi
  if ! unshare --mount true; then
    say 'needs the right to mount (CAP_SYS_ADMIN), which this root user lacks'
    return 1
  fi
}

# test_in_system ROOT ARGUMENT...: copies the work tree to the system, and runs test.sh there. The caller runs in a mount
# namespace of its own.
test_in_system() {
  local root=$1
  shift
  connect_system "$root" &&
    copy_files "$root/athreading" &&
    mount_system "$root" &&
    in_system "$root" /athreading build-aux/test.sh "$@"
}
