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
Usage: build-aux/debian13.sh [TEST.SH-ARGUMENT...]

Runs build-aux/test.sh on the files of the work tree in a Debian 13 system, with the compiler, GLib
and languages of Debian 13. At its first run the script makes this system in _build/debian13: it calls
debootstrap with the mirror that the machine's apt uses. test.sh then installs what the tests need in
the new system. Needs root.
EOT
}

root=$PWD/_build/debian13/root

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

inside() {
  need_system "$root" trixie
  connect_system "$root"
  copy_files
  mount_system "$root"
  in_system "$root" /athreading build-aux/test.sh "$@"
}

case ${1:-} in
  --help) usage; exit 0 ;;
  --inside)
    shift
    inside "$@"
    exit
    ;;
esac

can_make_systems || exit 1
build-aux/setup.sh debian13
exec unshare --mount --propagation private build-aux/debian13.sh --inside "$@"
