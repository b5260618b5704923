#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/demo.sh

Installs what is missing, builds in _build/demo, and runs the examples in C, Python, JavaScript and Vala.
EOT
}

if [ "${1:-}" = --help ]; then
  usage
  exit 0
fi
if [ $# -gt 0 ]; then
  usage >&2
  exit 2
fi

dir=_build/demo
log=_build/demo.log
failed=()

# run PROGRAM ARGUMENT...: runs PROGRAM in the top folder, in an environment that finds the build
run() {
  local arguments=$*
  printf '\n== %s\n' "${arguments//"$dir/"/}"
  meson devenv -C "$dir" -w . "$@" || failed+=("${arguments//"$dir/"/}")
}

# run_vala EXAMPLE ARGUMENT...: runs an example in Vala, unless valac is missing
run_vala() {
  local program=$dir/examples/vala/$1
  [ ! -x "$program" ] || run "$program" "${@:2}"
}

build-aux/setup.sh

mkdir -p _build
say "building in $dir"
if ! build "$dir" -Dexamples=enabled -Dintrospection=enabled -Dtests=disabled \
       -Dbenchmarks=disabled -Ddocs=disabled >"$log" 2>&1; then
  cat "$log" >&2
  say 'the build failed'
  exit 1
fi

for example in sqrt timestamps; do
  run "$dir/examples/c/$example"
  run python3 "examples/python/$example.py"
  run gjs -m "examples/gjs/$example.js"
  run_vala "$example"
done
run python3 examples/python/mean.py
run python3 examples/python/devices.py
run python3 examples/python/thumbnails.py doc "$dir"
run "$dir/examples/c/checksums" README.md COPYING athreading/*/*.c
run "$dir/examples/c/double" 1 2 3
run_vala double 1 2 3
run "$dir/examples/c/find" examples doc
run "$dir/examples/c/largest" examples
run python3 examples/python/largest.py examples
run gjs -m examples/gjs/largest.js examples
run gjs -m examples/gjs/hashes.js examples
run_vala largest examples

if [ -x "$dir/examples/gtk/contact-sheet" ]; then
  echo
  say "a window with your pictures: meson devenv -C $dir examples/gtk/contact-sheet ~/Pictures"
fi

if [ ${#failed[@]} -gt 0 ]; then
  echo
  for program in "${failed[@]}"; do
    say "failed: $program"
  done
  exit 1
fi
