#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/coverage.sh --begin BUILD-DIRECTORY
       build-aux/coverage.sh --report BUILD-DIRECTORY

Measures which lines and branches the tests reach, in a build directory that was configured with
-Db_coverage=true. `build-aux/test.sh --coverage` calls both commands and runs tests in between.

  --begin    forgets earlier runs, and prints the environment in which Python measures itself
  --report   prints the figures, and writes the lines that the tests do not reach into
             athreading.txt, introspection-invoke.txt and python.txt in BUILD-DIRECTORY/coverage/

The figures leave out these branches:

- g_return_if_fail(), g_assert() and their kin: the other branch is a mistake of the caller or of the
  library. Tests check the mistakes of callers in subprocesses, which a signal ends before they can write
  what they have reached.
- G_DEFINE_...() and G_DECLARE_...(): these lines are code of GObject.
- lines without code of this library: gcc has made the branches.

Some code counts as missed although tests run the code: the handlers in children of fork(), which end
without writing what they have reached; athr-vala.c, which only the tests in Vala call; and some parts of
the override that run before Python traces a thread.
EOT
}

LIBRARIES=(athreading introspection/invoke)
OVERRIDES=introspection/python/gi/overrides

begin() {
  local out=$1/coverage
  find "$1" -name '*.gcda' -delete
  rm -rf -- "$out"
  mkdir -p "$out/python"
  # Python imports this module at its start.
  printf 'import coverage\ncoverage.process_startup()\n' >"$out/python/sitecustomize.py"
  cat >"$out/coveragerc" <<EOT
[run]
source = $PWD/$OVERRIDES
data_file = $PWD/$out/python/data
branch = true
parallel = true
[report]
exclude_lines =
  pragma: no cover
  if TYPE_CHECKING:
EOT
  printf '%s\n' "COVERAGE_PROCESS_START=$PWD/$out/coveragerc" "PYTHONPATH=$PWD/$out/python"
}

# figure JSON-FILE KEY: prints a percentage of gcovr's summary
figure() {
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"
}

report_c() {
  local build=$1 library report
  local checks='.*\b(g_return_\w+|g_assert\w*|g_assert_not_reached|athr_assert\w*|G_DE(FINE|CLARE)_\w+) \('
  for library in "${LIBRARIES[@]}"; do
    report=$build/coverage/${library//\//-}
    gcovr --root . --filter "$library/" --object-directory "$build" --exclude-unreachable-branches \
      --exclude-branches-by-pattern "$checks" --json-summary "$report.json" --txt "$report.txt" "$build/$library"
    printf '%-22s lines %s %% (aim 95 %%), branches %s %% (aim 85 %%)\n' "$library" \
      "$(figure "$report.json" line_percent)" "$(figure "$report.json" branch_percent)"
  done
}

report_python() {
  local out=$1/coverage
  if ! compgen -G "$out/python/data.*" >/dev/null; then
    say 'no test in Python ran'
    return
  fi
  python3 -m coverage combine --quiet --rcfile="$out/coveragerc"
  python3 -m coverage report --rcfile="$out/coveragerc" --show-missing >"$out/python.txt"
  awk '$1 == "TOTAL" {
    printf "%-22s lines %.1f %% (aim 95 %%), lines and branches %s\n", "Python", 100 * ($2 - $3) / $2, $6
  }' "$out/python.txt"
}

if [ "${1:-}" = --help ]; then
  usage
  exit 0
fi
if [ $# -ne 2 ] || [[ ! $1 =~ ^--(begin|report)$ ]]; then
  usage >&2
  exit 2
fi
directory=$(of_caller "$2")
case $1 in
  --begin) begin "$directory" ;;
  --report)
    report_c "$directory"
    report_python "$directory"
    ;;
esac
