#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/setup.sh [MODE]

Looks for the packages that the build and the tests need, and names those that are missing. On Debian root installs them.
The script fails if a package that the build cannot do without is missing.

MODE is a mode of test.sh without the dashes, such as tsan: some modes need more packages, and the mode c needs fewer. The
mode system, of debian13.sh and i386.sh, needs only what makes another system.
EOT
}

# The mode of test.sh
mode=${1:-}
if [ "$mode" = --help ]; then
  usage
  exit 0
fi
modes='all|asan|tsan|valgrind|clang|c|benchmark|model|builds|abi|arm64|packages|coverage|mutate|fuzz-targets|system'
if [ $# -gt 1 ] || [[ ! $mode =~ ^($modes)?$ ]]; then
  usage >&2
  exit 2
fi

# The missing packages, as PACKAGES|CHECK: their names in Debian, and for other systems the command that failed
required=()
optional=()

# need LIST PACKAGES CHECK...: adds to LIST unless CHECK succeeds
need() {
  local -n list=$1
  local packages=$2
  shift 2
  "$@" >/dev/null 2>&1 </dev/null || list+=("$packages|$*")
}

clang_has_runtime() {
  test -e "$(clang --rtlib=compiler-rt -print-libgcc-file-name)"
}

look() {
  required=()
  optional=()
  if [ "$mode" = system ]; then  # test.sh in that system installs all else
    need required debootstrap debootstrap --version
    return
  fi
  need required build-essential        cc -include stdio.h -fsyntax-only -x c /dev/null
  need required python3                python3 --version
  need required meson                  meson --version
  need required ninja-build            ninja --version
  need required pkg-config             pkg-config --version
  need required libglib2.0-dev         pkg-config --atleast-version=2.74 gio-2.0
  if [ "$mode" = c ]; then
    return
  fi
  need required libgirepository1.0-dev pkg-config gobject-introspection-1.0
  need required libffi-dev              pkg-config libffi
  need required gobject-introspection  g-ir-scanner --version
  need required 'python3-gi gir1.2-glib-2.0' python3 -c 'from gi.repository import Gio'
  need required python3-pytest          python3 -m pytest --version
  need required gjs                    gjs --version

  case $mode in
    tsan) need required dpkg-dev dpkg-source --version ;;
    valgrind) need required valgrind valgrind --version ;;
    model) need required spin spin -V ;;
    arm64)
      need required qemu-user-static      qemu-aarch64-static --version
      need required gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc --version
      ;;
    mutate) need required git git --version ;;
    coverage)
      need required gcovr             gcovr --version
      need required python3-coverage  python3 -m coverage --version
      ;;
    abi) need required abigail-tools abidiff --version ;;
    packages)
      need required git                   git --version
      need required xz-utils              xz --version
      need required debootstrap           test -x /usr/sbin/debootstrap
      need optional reuse                 reuse --version
      need optional appstream             appstreamcli --version
      need optional desktop-file-utils    command -v desktop-file-validate
      need optional flatpak-builder       flatpak-builder --version
      need optional python3-rdflib        python3 -c 'import rdflib'
      ;;
    benchmark)
      need optional valgrind              valgrind --version
      need optional python3-matplotlib    python3 -c 'import matplotlib'
      # Debian has libdex since Debian 13.
      if [ -n "$(apt-cache search --names-only '^libdex-dev$' 2>/dev/null)" ]; then
        need optional libdex-dev          pkg-config libdex-1
      fi
      ;;
  esac

  need optional python3-gbulb           python3 -c 'import gbulb'
  need optional mypy                    mypy --version
  need optional valac                   vapigen --version
  need optional 'lua-lgi lua5.3'         lua5.3 -e 'require "lgi"'
  need optional gi-docgen               gi-docgen --version
  # GLib has girepository-2.0 since 2.80, and Debian since Debian 13.
  if pkg-config --atleast-version=2.80 glib-2.0 2>/dev/null ||
     [ -n "$(apt-cache search --names-only '^libgirepository-2.0-dev$' 2>/dev/null)" ]; then
    need optional libgirepository-2.0-dev pkg-config girepository-2.0
  fi
  # In Debian 12 libsysprof-4-dev provides this package.
  need optional libsysprof-capture-4-dev pkg-config sysprof-capture-4
  need optional clang                   clang --version
  need optional libclang-rt-VERSION-dev clang_has_runtime
  need optional libgtk-4-dev            pkg-config gtk4
  need optional libadwaita-1-dev        pkg-config --atleast-version=1.2 libadwaita-1
  need optional desktop-file-utils      type desktop-file-validate
  need optional appstream               appstreamcli --version
  # GTK draws the icons of the application with this package.
  need optional librsvg2-common         compgen -G "/usr/lib/*/gdk-pixbuf-2.0/*/loaders/*svg.so"
  # In Debian 12 this typelib is in gir1.2-glib-2.0.
  need optional gir1.2-girepository-2.0 python3 -c 'import gi; gi.require_version("GIRepository", "2.0")'
  need optional gir1.2-gtk-4.0          python3 -c 'import gi; gi.require_version("Gtk", "4.0")'
  need optional gir1.2-adw-1            python3 -c 'import gi; gi.require_version("Adw", "1")'
  need optional gir1.2-gdkpixbuf-2.0    python3 -c 'import gi; gi.require_version("GdkPixbuf", "2.0")'
  need optional libsqlite3-dev          pkg-config sqlite3
  need optional xvfb                    test -x /usr/bin/Xvfb
  need optional git                     git --version
  need optional clang-format            clang-format --version
  need optional python3-yaml            python3 -c 'import yaml'
  need optional locales                 test -e /usr/share/i18n/charmaps/ISO-8859-1.gz
}

# install PACKAGES|CHECK...
install() {
  local names clang
  clang=$(apt-cache depends clang | sed -n 's/^ *Depends: clang-\([0-9]*\)$/\1/p')
  read -ra names <<<"${*%%|*}"
  [ ${#names[@]} -gt 0 ] || return 0
  names=("${names[@]/VERSION/$clang}")
  say "installing ${names[*]}"
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 \
    install --yes --no-install-recommends "${names[@]}" </dev/null
}

# list PACKAGES|CHECK...
list() {
  local item
  for item; do
    printf '  %-28s (failed: %s)\n' "${item%%|*}" "${item#*|}" >&2
  done
}

look
if [ ${#required[@]} -gt 0 ] || [ ${#optional[@]} -gt 0 ]; then
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    apt-get update || say 'apt-get could not update the package lists; going on'
    install "${required[@]}" || say 'apt-get could not install all required packages'
    install "${optional[@]}" || say 'apt-get could not install all optional packages'
    look
  fi
fi

if [ ${#optional[@]} -gt 0 ]; then
  say "these optional packages are missing, so the tests that need them are left out (names in Debian):"
  list "${optional[@]}"
fi
if [ ${#required[@]} -gt 0 ]; then
  say "these required packages are missing, install them first (names in Debian):"
  list "${required[@]}"
  if command -v apt-get >/dev/null; then
    say "as root: apt-get install --no-install-recommends ${required[*]%%|*}"
  fi
  exit 1
fi
