#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/abi.sh [TAG]

Compares the ABI of both libraries with that at TAG, by default the last tag, with abidiff: exported functions, their
parameters, and the types that the public headers declare. Additions are allowed. Functions that
only the override for Python calls do not count. Prints passed:, failed: or skipped:
with a name for each library; `test.sh --abi` counts these lines.
EOT
}

if [ "${1:-}" = --help ]; then
  usage
  exit 0
fi
if [ $# -gt 1 ] || [[ ${1:-} == -* ]]; then
  usage >&2
  exit 2
fi

git_here() {
  git -c safe.directory="$PWD" "$@"
}

tag=${1:-$(git_here describe --tags --abbrev=0 2>/dev/null || true)}
if [ -z "$tag" ]; then
  say 'there is no tag to compare with'
  echo 'skipped:the ABI (there is no tag)'
  exit 0
fi
if ! git_here rev-parse --quiet --verify "$tag^{commit}" >/dev/null; then
  say "there is no tag $tag"
  exit 2
fi

top=$PWD/_build/abi
options=(-Dbuildtype=debug -Dtests=disabled -Dintrospection=disabled -Dvapi=disabled -Ddocs=disabled
         -Dexamples=disabled -Dbenchmarks=disabled --libdir=lib --prefix=/usr)

# build_and_install SOURCE NAME
build_and_install() {
  rm -rf -- "${top:?}/$2" &&
    meson setup "$top/$2/build" "$1" "${options[@]}" &&
    DESTDIR=$top/$2/root meson install -C "$top/$2/build" --quiet
}

mkdir -p "$top"
rm -rf -- "$top/source"
mkdir "$top/source"
git_here archive "$tag" | tar --extract --directory="$top/source"
if ! { build_and_install "$top/source" old && build_and_install . new; } >"$top/log" 2>&1; then
  tail -n 100 "$top/log" >&2
  echo "failed:the builds that the ABI needs"
  exit 0
fi

# The reviewed list in symbols.py says which functions these are.
for_python=$(sed -n '/^FOR_PYTHON/,/}/p' tests/checks/symbols.py | grep -o 'athr_[a-z_]*' | paste -sd '|')
printf '[suppress_function]\n  symbol_name_regexp = ^(%s)$\n' "$for_python" >"$top/for-python.ini"

old=$top/old/root/usr
new=$top/new/root/usr

# What only the sources define is private. Without the headers of GLib, guint would be private, too.
headers=()
for library in athreading-1 athreading-invoke-1; do
  headers+=(--headers-dir1 "$old/include/$library" --headers-dir2 "$new/include/$library")
done
for folder in $(pkg-config --cflags-only-I gio-2.0); do
  headers+=(--headers-dir1 "${folder#-I}" --headers-dir2 "${folder#-I}")
done

for library in athreading-1 athreading-invoke-1; do
  if [ ! -e "$old/lib/lib$library.so" ] || [ ! -e "$new/lib/lib$library.so" ]; then
    echo "skipped:the ABI of $library since $tag (not built)"
    continue
  fi
  # Any change that is no addition makes the status more than 0, and so does an error of the tool.
  status=0
  abidiff --no-added-syms --suppressions "$top/for-python.ini" "${headers[@]}" \
    "$old/lib/lib$library.so" "$new/lib/lib$library.so" >"$top/$library.txt" 2>&1 || status=$?
  cat "$top/$library.txt" >&2
  if [ "$status" -eq 0 ]; then
    echo "passed:the ABI of $library since $tag"
  else
    echo "failed:the ABI of $library since $tag"
  fi
done
