#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/dist.sh [--test [TEST.SH-ARGUMENT...]]

Makes the tarball of the last commit with `meson dist`, in _build/dist/meson-dist, and prints its name. Changes of the
work tree that are not committed are not in the tarball. .gitattributes names the files that are not in the tarball.

  --test    unpacks the tarball in _build/dist/unpacked, and runs the build-aux/test.sh of the tarball with the
            arguments. The script fails if a test fails
EOT
}

test=
case ${1:-} in
  '') ;;
  --test)
    test=yes
    shift
    ;;
  --help) usage; exit 0 ;;
  *) usage >&2; exit 2 ;;
esac

# root can make the tarball in a checkout of another user.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

if [ ! -e .git ] || ! git ls-files --error-unmatch meson.build >/dev/null 2>&1; then
  say 'needs a checkout of Git'
  exit 1
fi
# git diff-index, as Meson calls it, takes a file with another time for changed. git diff corrects the times in the index.
git diff --quiet HEAD || say 'the changes that are not committed are not in the tarball'

dir=_build/dist
mkdir -p _build
rm -rf -- "$dir/meson-dist" "$dir/unpacked"
{
  configure "$dir" -Dtests=disabled -Dexamples=disabled -Dbenchmarks=disabled -Dintrospection=disabled \
    -Dvapi=disabled -Ddocs=disabled -Dinvoke=disabled
  meson dist -C "$dir" --no-tests --allow-dirty
} >&2
tarball=$(echo "$PWD/$dir"/meson-dist/*.tar.xz)

if [ -n "$test" ]; then
  mkdir "$dir/unpacked"
  tar --extract --strip-components=1 --directory="$dir/unpacked" --file="$tarball"
  "$dir/unpacked/build-aux/test.sh" "$@" >&2
fi

echo "$tarball"
