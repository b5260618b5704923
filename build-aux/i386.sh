#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/i386.sh [TEST.SH-ARGUMENT...]

Runs `build-aux/test.sh --c`, the C tests, on the files of the work tree in a 32-bit Debian 12 system. At its first
run the script makes this system in _build/i386, as debian13.sh does. Needs root and an x86 processor.
EOT
}

# shellcheck source=/dev/null
. build-aux/system.sh

describe_system i386 'a 32-bit Debian 12 system' bookworm i386 linux32
if [ "${1:-}" = --help ]; then
  usage
  exit 0
fi
if [ "${1:-}" != --inside ]; then
  set -- --c "$@"
fi
run_in_system "$@"
