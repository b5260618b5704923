# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# Sourced by the scripts beside it, which then stand in the top folder of the repository.
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit

# The system's Python has the bindings and the system's Meson uses it; one of pyenv and the like has not.
export PATH="/usr/bin:/bin:$PATH"

say() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
}

# build DIR OPTION...: configures DIR, also when it has been configured before, and compiles.
# Every step is chained, since the caller's `if` or `||` turns off `set -e` in here.
build() {
  local dir=$1
  shift

  if [ -e "$dir/meson-private/coredata.dat" ] &&
     ! meson setup --reconfigure "$dir" . "$@"; then
    say "$dir cannot be configured again, starting it afresh"
    rm -rf -- "$dir"
  fi
  { [ -e "$dir/meson-private/coredata.dat" ] || meson setup "$dir" . "$@"; } &&
    meson compile -C "$dir"
}
