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

case ${1:-} in
  --help) usage; exit 0 ;;
  --inside)
    shift
    need_system "$root" trixie
    test_in_system "$root" "$@"
    exit
    ;;
esac

can_make_systems || exit 1
build-aux/setup.sh system
exec unshare --mount --propagation private build-aux/debian13.sh --inside "$@"
