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
Usage: build-aux/i386.sh [TEST.SH-ARGUMENT...]

Runs `build-aux/test.sh --c`, the C tests, on the files of the work tree in a 32-bit Debian 12 system. At its first
run the script makes this system in _build/i386, as debian13.sh does. Needs root and an x86 processor.
EOT
}

root=$PWD/_build/i386/root

case ${1:-} in
  --help) usage; exit 0 ;;
  --inside)
    shift
    need_system "$root" bookworm --arch=i386
    test_in_system "$root" --c "$@"
    exit
    ;;
esac

can_make_systems || exit 1
build-aux/setup.sh system
# A 32-bit system sees a 32-bit machine.
exec unshare --mount --propagation private setarch linux32 build-aux/i386.sh --inside "$@"
