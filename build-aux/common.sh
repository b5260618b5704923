# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# The other scripts source this file. It changes to the top folder of the repository.
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit

# The system's Python has the bindings, and the system's Meson uses this Python. A Python of pyenv or the
# like lacks them.
export PATH="/usr/bin:/bin:$PATH"

say() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
}

# configure DIR OPTION...: configures DIR, also if it was configured before.
# The steps are chained with &&, since an `if` or `||` around the call turns off `set -e` in these functions.
configure() {
  local dir=$1
  shift

  if [ -e "$dir/meson-private/coredata.dat" ] &&
     ! meson setup --reconfigure "$dir" . "$@"; then
    say "$dir cannot be configured again, so it is removed and made anew"
    rm -rf -- "$dir"
  fi
  [ -e "$dir/meson-private/coredata.dat" ] || meson setup "$dir" . "$@"
}

# build DIR OPTION...: configures DIR and compiles.
build() {
  configure "$@" &&
    meson compile -C "$1"
}
