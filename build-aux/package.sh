#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=/dev/null
. build-aux/system.sh

usage() {
  cat <<'EOT'
Usage: build-aux/package.sh [--tarball FILE] [12|13]...

Builds the Debian packages of build-aux/debian for Debian 12, Debian 13 or both, and tests them. Needs root.

The source package is a tarball of `meson dist`: FILE, or a new one of the last commit. The script builds the packages
in a new system that has only the build dependencies and no network, and lintian looks at the packages. Then, for each
test in build-aux/debian/tests, the script installs what the test depends on in a new minimal system, runs the test,
and purges the packages, which must leave no file. The packages are in _build/packages/debian12/result.

The script prints a line OUTCOME:NAME for each of these steps. All else goes to the standard error.
EOT
}

top=$PWD/_build/packages
source=$top/source

release_of() {
  case $1 in
    12) echo bookworm ;;
    13) echo trixie ;;
  esac
}

# make_source TARBALL: makes a folder with the original tarball and the source tree of the packages.
make_source() {
  local version
  version=$(basename -- "$1" .tar.xz) &&
    version=${version#athreading-} &&
    rm -rf -- "$source" &&
    mkdir -p "$source" &&
    cp -- "$1" "$source/athreading_$version.orig.tar.xz" &&
    mkdir "$source/athreading" &&
    tar --extract --no-same-owner --strip-components=1 --directory="$source/athreading" --file="$1" &&
    cp -r -- "$source/athreading/build-aux/debian" "$source/athreading/debian"
}

# prepare_base: makes the minimal system, or updates its lists of packages.
prepare_base() {
  need_system "$base" "$(release_of "$1")" &&
    connect_system "$base" &&
    printf '#!/bin/sh\nexit 101\n' >"$base/usr/sbin/policy-rc.d" &&
    chmod +x "$base/usr/sbin/policy-rc.d" &&
    echo force-unsafe-io >"$base/etc/dpkg/dpkg.cfg.d/unsafe-io" &&
    { chroot "$base" id user >/dev/null 2>&1 || chroot "$base" useradd --create-home --home-dir /build user; } &&
    in_system "$base" / apt-get update
}

# enter ROOT: makes a copy of the minimal system, which downloads no package twice.
enter() {
  leave "$1" &&
    cp -a -- "$base" "$1" &&
    mkdir -p "$archives" &&
    mount_system "$1" &&
    mount --bind "$archives" "$1/var/cache/apt/archives"
}

leave() {
  local folder
  for folder in proc sys dev var/cache/apt/archives; do
    ! mountpoint --quiet "$1/$folder" || umount --recursive "$1/$folder" || return
  done
  rm -rf --one-file-system -- "$1"
}

# apt_get ROOT ARGUMENT...
apt_get() {
  local root=$1
  shift
  in_system "$root" / env DEBIAN_FRONTEND=noninteractive apt-get --yes --no-install-recommends "$@" </dev/null
}

# as_user ROOT FOLDER COMMAND...: runs COMMAND without privileges and network.
as_user() {
  local root=$1 folder=$2
  shift 2
  in_system "$root" "$folder" unshare --net -- \
    runuser -u user -- env HOME=/build AUTOPKGTEST_TMP=/build/tmp "$@" </dev/null
}

build_packages() {
  local root=$work/build
  enter "$root" &&
    cp -r -- "$source" "$root/build/packages" &&
    apt_get "$root" install build-essential fakeroot lintian &&
    apt_get "$root" build-dep /build/packages/athreading &&
    chroot "$root" chown -R user: /build/packages &&
    as_user "$root" /build/packages/athreading dpkg-buildpackage --build=full --no-sign --no-pre-clean &&
    as_user "$root" /build/packages sh -c 'dpkg-scanpackages . >Packages' &&
    mkdir -p "$work/result" &&
    find "$root/build/packages" -maxdepth 1 -type f -exec cp -t "$work/result" -- {} +
}

look_at_packages() {
  as_user "$work/build" /build/packages sh -c 'lintian --info --tag-display-limit 0 --display-info --pedantic \
    --fail-on error,warning athreading_*.changes'
}

# Prints the tests of debian/tests/control, as NAME:PACKAGES.
tests_of_packages() {
  awk -F ': *' '$1 == "Tests" { name = $2 } $1 == "Depends" { gsub (",", "", $2); print name ":" $2 }' \
    "$source/athreading/debian/tests/control"
}

# Prints the names of the files of a system. The package manager keeps its own records.
files_of_system() {
  (cd -- "$1" && find . -xdev \( -path ./build -o -path ./tmp -o -path ./packages -o -path ./var/cache \
    -o -path ./var/log -o -path ./var/lib/dpkg -o -path ./var/lib/apt \) -prune -o -print | LC_ALL=C sort)
}

# install_packages ROOT PACKAGE...: installs the packages in two steps, and notes the files after the first step. The
# first step installs the packages of Debian, and the second step those of this source.
install_packages() {
  local root=$1 name all=() others=()
  shift
  mkdir "$root/packages" &&
    cp -- "$work"/result/*.deb "$work/result/Packages" "$root/packages" &&
    echo 'deb [trusted=yes] file:/packages ./' >"$root/etc/apt/sources.list.d/athreading.list" &&
    apt_get "$root" update -o Dir::Etc::sourcelist=sources.list.d/athreading.list -o Dir::Etc::sourceparts=- \
      -o APT::Get::List-Cleanup=0 &&
    mapfile -t all < <(apt_get "$root" install --dry-run "$@" | sed -n 's/^Inst \([^ ]*\).*/\1/p') || return
  installed=()
  for name in "${all[@]}"; do
    if grep -qxF "Package: ${name%:*}" "$work/result/Packages"; then
      installed+=("$name")
    else
      others+=("$name")
    fi
  done
  [ ${#installed[@]} -gt 0 ] || return
  [ ${#others[@]} -eq 0 ] || apt_get "$root" install "${others[@]}" || return
  files_of_system "$root" >"$work/log/before" &&
    apt_get "$root" install "$@"
}

# run_test ROOT NAME: as autopkgtest, with no output to the standard error.
run_test() {
  local root=$1 status=0
  cp -r -- "$source/athreading" "$root/build/source" &&
    mkdir "$root/build/tmp" &&
    chroot "$root" chown -R user: /build &&
    as_user "$root" /build/source timeout 300 "debian/tests/$2" 2>"$work/log/stderr" || status=$?
  cat -- "$work/log/stderr"
  [ "$status" -eq 0 ] && [ ! -s "$work/log/stderr" ]
}

# purge_packages ROOT PACKAGE...: the files must be those from before the installation.
purge_packages() {
  local root=$1
  shift
  in_system "$root" / dpkg --purge "$@" &&
    files_of_system "$root" >"$work/log/after" &&
    diff -- "$work/log/before" "$work/log/after"
}

# point NAME COMMAND...: runs COMMAND, and prints whether it passed. The log says more.
point() {
  local log=$work/log/${1//[^a-z0-9]/-}
  say "Debian $number: $1"
  if "${@:2}" >"$log" 2>&1; then
    echo "passed:Debian $number: $1"
  else
    tail -n 100 -- "$log" >&2
    say "the whole log is in ${log#"$PWD/"}"
    echo "failed:Debian $number: $1"
    return 1
  fi
}

package() {
  local name packages installed=()
  number=$1
  work=$top/debian$number
  base=$work/base
  archives=$work/archives
  rm -rf -- "$work/result" "$work/log"
  mkdir -p "$work/log"

  point 'a minimal system' prepare_base "$number" || return 0
  point 'the packages build' build_packages || return 0
  point 'lintian has no complaint' look_at_packages || true
  leave "$work/build"

  while IFS=: read -r name packages <&3; do
    read -ra packages <<<"$packages"
    point "a new system for the test $name" enter "$work/clean" || continue
    if point "packages install for the test $name" install_packages "$work/clean" "${packages[@]}"; then
      point "the test $name" run_test "$work/clean" "$name" || true
      point "packages of the test $name leave nothing" purge_packages "$work/clean" "${installed[@]}" || true
    fi
    leave "$work/clean"
  done 3< <(tests_of_packages)
}

inside() {
  local tarball=$1 number
  shift
  make_source "$tarball"
  for number; do
    package "$number"
  done
}

numbers=()
tarball=
if [ "${1:-}" = --inside ]; then
  shift
  inside "$@"
  exit
fi
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --tarball)
      # common.sh has left the folder of the caller.
      if ! tarball=$(cd -- "$OLDPWD" && realpath -e -- "${2:-}"); then
        say '--tarball needs a file'
        exit 2
      fi
      shift
      ;;
    12|13) numbers+=("$1") ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
[ ${#numbers[@]} -gt 0 ] || numbers=(12 13)

can_make_systems || exit 1
build-aux/setup.sh packages >&2
[ -n "$tarball" ] || tarball=$(build-aux/dist.sh)
exec unshare --mount --propagation private build-aux/package.sh --inside "$tarball" "${numbers[@]}"
