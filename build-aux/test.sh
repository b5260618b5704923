#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOF'
Usage: build-aux/test.sh [--asan | --clang | --benchmark] [-- MESON-TEST-ARGUMENT...]

Sets the machine up, builds and runs the tests. The last line says how many passed and failed.

  (no option)   all tests, built by the default compiler; then also compiles all C code with clang
  --asan        the C tests under AddressSanitizer, LeakSanitizer and UBSan
  --clang       the C tests, built by clang
  --benchmark   the benchmarks, as a release build
  --help        this text

What follows -- goes to `meson test`: the names of tests, --repeat 100, --suite c, ...
EOF
}

mode=all
while [ $# -gt 0 ]; do
  case $1 in
    --asan|--clang|--benchmark)
      if [ "$mode" != all ]; then
        say "--$mode and $1 exclude each other"
        exit 2
      fi
      mode=${1#--}
      ;;
    --help) usage; exit 0 ;;
    --) shift; break ;;
    *)
      say "unknown option $1"
      usage >&2
      exit 2
      ;;
  esac
  shift
done

# What the C code alone needs
c_only=(-Dtests=enabled -Dintrospection=disabled -Dvapi=disabled -Ddocs=disabled)

build_with_clang() {
  CC=clang build _build/clang -Dwerror=true "${c_only[@]}"
}

case $mode in
  all)
    dir=_build/test
    compile=(build "$dir" -Dwerror=true -Dtests=enabled -Dintrospection=enabled)
    select=()
    ;;
  asan)
    dir=_build/asan
    compile=(build "$dir" -Dbuildtype=debug '-Db_sanitize=address,undefined' -Db_lundef=false
             "${c_only[@]}" -Dexamples=disabled -Dbenchmarks=disabled)
    select=(--suite c --timeout-multiplier 3)
    strict=detect_leaks=1:halt_on_error=1:detect_stack_use_after_return=1
    strict+=:check_initialization_order=1:strict_init_order=1:strict_string_checks=1
    export ASAN_OPTIONS=$strict${ASAN_OPTIONS:+:$ASAN_OPTIONS}
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
    ;;
  clang)
    dir=_build/clang
    compile=(build_with_clang)
    select=(--suite c)
    ;;
  benchmark)
    dir=_build/benchmark
    compile=(build "$dir" -Dbuildtype=release -Dbenchmarks=enabled "${c_only[@]}" -Dexamples=disabled)
    select=(--benchmark --verbose)
    ;;
esac

build-aux/setup.sh
if [ "$mode" = clang ] && ! command -v clang >/dev/null; then
  say 'clang is not installed'
  exit 1
fi

count=(build-aux/count-tests.py)
rm -f "$dir"/meson-logs/testlog*.json
if "${compile[@]}"; then
  status=0
  meson test -C "$dir" "${select[@]}" "$@" || status=$?
  count+=(--status "$status")
else
  count+=(--point "failed:the build in $dir")
fi

if [ "$mode" = all ] && [ $# -eq 0 ]; then
  if ! command -v clang >/dev/null; then
    count+=(--point 'skipped:the build by clang (not installed)')
  elif build_with_clang; then
    count+=(--point 'passed:the build by clang')
  else
    count+=(--point 'failed:the build by clang')
  fi
fi

exec "${count[@]}" "$dir"
