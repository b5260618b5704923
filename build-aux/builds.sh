#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/builds.sh [NAME...]

Builds the library in the ways of distributions, or only in the named ways, and prints a line for each way:
passed:NAME or failed:NAME. `test.sh --builds` counts these lines.

  static    a static library, which passes the C tests; a program links it by pkg-config --static
  both      a static and a shared library; programs link each of them
  lto       link-time optimization; passes the C tests
  ndebug    without assertions and without checks of arguments; compiles without warnings
  cross     a cross build leaves introspection out by itself; passes one test
  spaces    spaces and umlauts in the paths of source, build and prefix; passes all tests but the long ones
EOT
}

top=_build/builds
export ATHR_TEST_PATIENCE=${ATHR_TEST_PATIENCE:-4}
plain=(-Dwerror=true -Dvapi=disabled -Ddocs=disabled -Dexamples=disabled -Dbenchmarks=disabled)
c_only=("${plain[@]}" -Dintrospection=disabled)

# run_tests DIR ARGUMENT...
run_tests() {
  local dir=$1
  shift
  meson test -C "$dir" --no-rebuild --print-errorlogs --timeout-multiplier "$ATHR_TEST_PATIENCE" "$@"
}

# consume PREFIX [--static]: compiles and runs a program with an installed library. The program must need the shared
# library, or, with --static, must not.
consume() {
  local prefix=$1 program=$PWD/$top/consumer cflags libs
  shift
  # The flags of pkg-config are words with quotes and backslashes.
  cflags=$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags athreading-1) &&
    libs=$(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config "$@" --libs athreading-1) || return
  if [ $# -gt 0 ]; then
    libs=${libs/-lathreading-1/-l:libathreading-1.a}
  fi
  eval "cc -Wall -Wextra -Werror $cflags tests/consumer/project/main.c -o '$program' $libs" || return
  if readelf --dynamic "$program" | grep 'NEEDED.*libathreading'; then
    [ $# -eq 0 ] || return
  else
    [ $# -gt 0 ] || return
  fi
  LD_LIBRARY_PATH=$prefix/lib "$program" | grep '^42 from athreading'
}

# install_build DIR PREFIX
install_build() {
  rm -rf -- "$2" &&
    meson install -C "$1" --quiet
}

check_static() {
  local prefix=$PWD/$top/static-prefix
  build "$top/static" "${c_only[@]}" -Dtests=enabled -Ddefault_library=static --prefix="$prefix" --libdir=lib &&
    run_tests "$top/static" --suite c &&
    install_build "$top/static" "$prefix" &&
    [ ! -e "$prefix/lib/libathreading-1.so" ] &&
    consume "$prefix" --static
}

check_both() {
  local prefix=$PWD/$top/both-prefix
  build "$top/both" "${plain[@]}" -Dtests=disabled -Ddefault_library=both --prefix="$prefix" --libdir=lib &&
    install_build "$top/both" "$prefix" &&
    consume "$prefix" &&
    consume "$prefix" --static
}

check_lto() {
  build "$top/lto" "${c_only[@]}" -Dtests=enabled -Dbuildtype=release -Db_lto=true &&
    run_tests "$top/lto" --suite c
}

check_ndebug() {
  build "$top/ndebug" "${c_only[@]}" -Dtests=disabled -Dexamples=enabled -Db_ndebug=true \
    -Dc_args='-DG_DISABLE_ASSERT -DG_DISABLE_CHECKS'
}

# The other machine is this one: only the way of building differs.
check_cross() {
  cat >"$top/cross.ini" <<EOT
[binaries]
c = 'cc'
ar = 'ar'
strip = 'strip'
pkgconfig = 'pkg-config'
[host_machine]
system = 'linux'
cpu_family = '$(uname -m)'
cpu = '$(uname -m)'
endian = 'little'
EOT
  rm -rf -- "$top/cross" &&
    meson setup "$top/cross" . "${plain[@]}" -Dtests=enabled --cross-file "$top/cross.ini" &&
    ! meson introspect --targets "$top/cross" | grep -F .gir &&
    ninja -C "$top/cross" tests/test-version &&
    "$top/cross/tests/test-version"
}

check_spaces() {
  local folder="$PWD/$top/ä ö und Leerzeichen"
  mkdir -p "$folder/source" &&
    copy_files "$folder/source" || return
  (
    cd -- "$folder/source" &&
      build ../build -Dwerror=true -Dtests=enabled --prefix="$folder/prefix" --libdir=lib &&
      run_tests ../build --no-suite stress --no-suite performance --no-suite budget &&
      meson install -C ../build --quiet
  ) && consume "$folder/prefix"
}

check() {
  say "building $1"
  if "check_$1" >"$top/$1.log" 2>&1; then
    echo "passed:the build $1"
  else
    tail -n 100 -- "$top/$1.log" >&2
    echo "failed:the build $1"
  fi
}

names=()
for argument; do
  case $argument in
    --help) usage; exit 0 ;;
    static|both|lto|ndebug|cross|spaces) names+=("$argument") ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ ${#names[@]} -gt 0 ] || names=(static both lto ndebug cross spaces)

mkdir -p "$top"
for name in "${names[@]}"; do
  check "$name"
done
