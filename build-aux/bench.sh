#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/bench.sh [OPTION...]

Installs what is missing, makes a release build in _build/benchmark, runs the benchmarks, and prints the
table, how cost grows, and which aims the run met. All figures are in _build/benchmark/bench.json, or with
--quick or --row in _build/benchmark/part.json. A run takes some minutes. The machine should do nothing else
meanwhile.

  --quick          runs each row once with little work: shows that the rows run, not how fast
  --row PATTERN    runs only the rows whose names match, such as 'call-*'
  --instructions   also counts instructions with callgrind, which takes some minutes more
  --debian13       runs the benchmarks in a Debian 13 system in _build/debian13, which has libdex; needs root.
                   All figures are in _build/benchmark/debian13-bench.json
  --write-docs     then writes the tables and the picture into README.md and doc/, also from the last run
                   with --debian13
  --no-run         does not build and run: prints, or writes with --write-docs, what the last run measured
  --help           prints this text
EOT
}

dir=_build/benchmark
name=bench
options=()
write_docs=
run=yes
debian13=
while [ $# -gt 0 ]; do
  case $1 in
    --instructions) options+=("$1") ;;
    --quick)
      options+=("$1")
      name=part
      ;;
    --row)
      if [ $# -lt 2 ]; then
        say '--row needs a pattern'
        exit 2
      fi
      options+=("$1" "$2")
      name=part
      shift
      ;;
    --debian13) debian13=yes ;;
    --write-docs) write_docs=--write-docs ;;
    --no-run) run= ;;
    --help) usage; exit 0 ;;
    *)
      say "unknown option $1"
      usage >&2
      exit 2
      ;;
  esac
  shift
done
if [ -n "$debian13" ] && [ -n "$write_docs" ]; then
  say '--debian13 and --write-docs cannot be combined: run with --debian13 first'
  exit 2
fi

if [ -n "$write_docs" ] && [ "$name" = part ]; then
  say '--write-docs needs all rows, so it cannot be combined with --quick or --row'
  exit 2
fi
json=$dir/${debian13:+debian13-}$name.json

if [ -n "$debian13" ] && [ -n "$run" ]; then
  build-aux/debian13.sh --benchmark -- ${options[0]+"${options[@]}"}
  mkdir -p "$dir"
  cp -- "_build/debian13/root/athreading/$dir/$name.json" "$json"
  say "all figures are in $json"
  exit
fi

if [ -n "$run" ]; then
  build-aux/setup.sh benchmark
  # The rows in JavaScript use a library of the tests.
  configure "$dir" -Dbuildtype=release -Dbenchmarks=enabled -Dtests=enabled -Dintrospection=enabled -Dvapi=disabled \
    -Ddocs=disabled -Dexamples=disabled
  meson compile -C "$dir" benchmarks
  python3 tests/performance/bench.py "$dir" --json "$json" ${options[0]+"${options[@]}"}
fi

if [ -z "$run" ] || [ -n "$write_docs" ]; then
  if [ ! -e "$json" ]; then
    say "$json is missing: run build-aux/bench.sh first"
    exit 1
  fi
  libdex=()
  if [ -e "$dir/debian13-bench.json" ]; then
    libdex=(--libdex "$dir/debian13-bench.json")
  fi
  python3 tests/performance/report.py "$json" ${libdex[0]+"${libdex[@]}"} ${write_docs:+"$write_docs"}
fi
