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

ThreadSanitizer must see what GLib does, or it reports what GLib has ordered. This builds the
GLib of Debian's source package with it, in _build/tsan-glib, once, and prints the folder of its
libraries. Where there is no such package ATHR_TSAN_GLIB names that folder of a GLib of your own.

  --check   says whether every test program of the build directory is loaded with that GLib
EOT
}

top=$PWD/_build/tsan-glib
stamp=$top/complete

# What the build depends on: another compiler has another runtime of the sanitizer.
identity() {
  echo "$(pkg-config --modversion glib-2.0), $(${CC:-cc} -dumpfullversion -dumpversion), bit locks in C"
}

# The machine's own sources of binary packages, as sources of source packages
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

# GLib has its bit locks in assembly, which the sanitizer does not see, and in C for other machines.
# GObject orders the last references with them since 2.84.
bit_locks_in_c() {
  sed -i '/define USE_ASM_GOTO/d' "$1/glib/gbitlock.c"
}

# Every step is chained, since the caller's `if` turns off `set -e` in here.
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

# Prints the folder of the libraries, and builds what is to be there if it is not
libraries_of_glib() {
  if [ -n "${ATHR_TSAN_GLIB:-}" ]; then
    realpath -e -- "$ATHR_TSAN_GLIB"
    return
  fi
  if [ ! -e "$stamp" ] || [ "$(<"$stamp")" != "$(identity)" ]; then
    if ! command -v apt-get >/dev/null || ! command -v dpkg-source >/dev/null; then
      say 'needs apt-get and dpkg-source, or ATHR_TSAN_GLIB'
      return 1
    fi
    say "building GLib with ThreadSanitizer in _build/tsan-glib, which takes some minutes"
    mkdir -p _build
    if ! make_glib >_build/tsan-glib.log 2>&1; then
      tail -n 100 _build/tsan-glib.log >&2
      say 'GLib could not be built; the whole log is _build/tsan-glib.log'
      return 1
    fi
  fi
  echo "$top/inst/lib"
}

# Prints what libraries of GLib a program is loaded with
loaded_by() {
  ldd -- "$1" | sed -nE 's/^[[:space:]]*lib(glib|gobject|gio|gmodule)-2\.0\.so\.0 => (.*) \(.*/\2/p'
}

# check DIR: whether all its test programs are loaded with the instrumented GLib
check() {
  local libraries program file seen="" n=0
  libraries=$(realpath -e -- "$(libraries_of_glib)")
  while read -r program; do
    loaded_by "$program" | grep -F /libglib-2.0. >/dev/null || { say "$program has no GLib"; return 1; }
    while read -r file; do
      file=$(realpath -e -- "$file")
      if [[ $file != "$libraries"/* ]]; then
        say "$program is loaded with $file"
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
    say "there is no test program in $1"
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
    check "$2"
    ;;
  --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
