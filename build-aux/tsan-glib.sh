#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/tsan-glib.sh
       build-aux/tsan-glib.sh --check BUILD-DIRECTORY

ThreadSanitizer must see the locks and atomics of GLib: otherwise it reports races where GLib orders
the threads. So this script builds the GLib of Debian's source package with ThreadSanitizer, once, in
_build/tsan-glib, and prints the folder of the libraries. On a system without this package, build GLib
yourself and set ATHR_TSAN_GLIB to the folder of its libraries.

  --check   checks that every test program in the build directory loads this GLib
EOT
}

top=$PWD/_build/tsan-glib
stamp=$top/complete

# Prints what the build depends on: the compiler, too, since each has its own runtime of the sanitizer.
identity() {
  echo "$(pkg-config --modversion glib-2.0), $(${CC:-cc} -dumpfullversion -dumpversion), bit locks in C"
}

# Turns the machine's apt sources of binary packages into sources of source packages.
write_sources() {
  local list parts file
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  mkdir -p "$top/sources"
  for file in "$list" "$parts"/*.list; do
    if [ -f "$file" ]; then
      sed -nE 's/^deb(-src)?[[:space:]]/deb-src /p' "$file" | sort -u >"$top/sources/$(basename -- "$file")"
    fi
  done
  for file in "$parts"/*.sources; do
    if [ -f "$file" ]; then
      sed -E 's/^Types:.*/Types: deb-src/' "$file" >"$top/sources/$(basename -- "$file")"
    fi
  done
}

own_apt_get() {
  apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$top/sources" \
    -o Dir::State::lists="$top/lists" "$@"
}

# Makes GLib use its bit locks in C, which it has for other machines. The sanitizer does not see those in
# assembly. Since 2.84 GObject orders the last references with bit locks.
bit_locks_in_c() {
  sed -i '/define USE_ASM_GOTO/d' "$1/glib/gbitlock.c"
}

# The steps are chained with &&, since the `if` around the call turns off `set -e` in this function.
make_glib() {
  rm -rf -- "$top" &&
    mkdir -p "$top/lists/partial" "$top/package" &&
    write_sources &&
    own_apt_get update &&
    (cd "$top/package" && own_apt_get source --download-only glib2.0) &&
    dpkg-source --no-check -x "$top"/package/*.dsc "$top/source" &&
    bit_locks_in_c "$top/source" &&
    meson setup "$top/build" "$top/source" --prefix="$top/inst" --libdir=lib --wrap-mode=nofallback \
      -Dbuildtype=debugoptimized -Db_sanitize=thread -Db_lundef=false -Dc_args=-Wno-error \
      -Dtests=false -Dinstalled_tests=false -Dselinux=disabled -Dlibmount=disabled -Dlibelf=disabled \
      -Dnls=disabled -Dman=false -Dgtk_doc=false -Dxattr=false &&
    meson compile -C "$top/build" &&
    meson install -C "$top/build" --no-rebuild &&
    identity >"$stamp"
}

# Prints the folder of the libraries. Builds them first if they are missing or out of date.
libraries_of_glib() {
  if [ -n "${ATHR_TSAN_GLIB:-}" ]; then
    realpath -e -- "$ATHR_TSAN_GLIB"
    return
  fi
  if [ ! -e "$stamp" ] || [ "$(<"$stamp")" != "$(identity)" ]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg-source >/dev/null; then
      say 'needs apt-get and dpkg-source, or a GLib in ATHR_TSAN_GLIB'
      return 1
    fi
    say "building GLib with ThreadSanitizer in _build/tsan-glib, which takes some minutes"
    mkdir -p _build
    if ! make_glib >_build/tsan-glib.log 2>&1; then
      tail -n 100 _build/tsan-glib.log >&2
      say 'building GLib failed; the whole log is in _build/tsan-glib.log'
      return 1
    fi
  fi
  echo "$top/inst/lib"
}

# Prints the libraries of GLib that a program loads.
loaded_by() {
  ldd -- "$1" | sed -nE 's/^[[:space:]]*lib(glib|gobject|gio|gmodule)-2\.0\.so\.0 => (.*) \(.*/\2/p'
}

# check DIR: checks that all test programs in DIR load the GLib that is built with ThreadSanitizer
check() {
  local libraries program file seen="" n=0
  libraries=$(realpath -e -- "$(libraries_of_glib)")
  while read -r program; do
    loaded_by "$program" | grep -F /libglib-2.0. >/dev/null || { say "$program does not load GLib"; return 1; }
    while read -r file; do
      file=$(realpath -e -- "$file")
      if [[ $file != "$libraries"/* ]]; then
        say "$program loads $file"
        return 1
      fi
      if [[ $seen != *" $file "* ]] && [[ $(nm --dynamic --undefined-only -- "$file") != *__tsan_func_entry* ]]; then
        say "$file is not built with ThreadSanitizer"
        return 1
      fi
      seen+=" $file "
    done < <(loaded_by "$program")
    n=$((n + 1))
  done < <(find "$1/tests" -type f \( -name 'test-*' -o -name race -o -name 'stress-*' \) -executable)
  if [ "$n" -eq 0 ]; then
    say "$1 has no test program"
    return 1
  fi
}

case ${1:-} in
  '') libraries_of_glib ;;
  --check)
    if [ $# -ne 2 ]; then
      usage >&2
      exit 2
    fi
    directory=$(of_caller "$2")
    check "$directory"
    ;;
  --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
