#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/test.sh [MODE] [--stress [SECONDS] | --fuzz [SECONDS]] [-- MESON-TEST-ARGUMENT...]

Installs what is missing, builds, and runs the tests. The last line says how many tests passed and
failed.

  (no mode)     runs all tests, built with the default compiler. Then compiles all C code with clang,
                and, where girepository-2.0 is installed, runs the tests of AthrInvoke with it
  --asan        runs the C tests under AddressSanitizer, LeakSanitizer and UBSan
  --tsan        runs the C tests under ThreadSanitizer, with a GLib that is built with it
  --valgrind    runs the C tests under Valgrind, without the suite `stress`
  --clang       runs the C tests, built with clang
  --benchmark   runs build-aux/bench.sh: the benchmarks, in a release build
  --model       checks the models of the protocols between threads with Spin
  --c           runs the C tests, built with the default compiler, and needs nothing but what these tests need
  --builds      builds in the ways of distributions: static, with LTO, in paths with spaces, ... The arguments
                after -- are names of such builds; see build-aux/builds.sh
  --abi         compares the ABI with that of the last tag by abidiff
  --fuzz-targets [SECONDS]
                lets libFuzzer look for inputs that break athr_stream_new_for_lines() or AthrInvoke, for
                SECONDS each, by default 60, under AddressSanitizer and UBSan, built with clang
  --coverage    runs the tests in C and Python, and prints which part of the code they reach
                (build-aux/coverage.sh)
  --mutate      breaks one line of C at a time in a copy of the tree, and lists the changes that no test
                notices. The arguments after -- go to build-aux/mutate.py: --seconds 600 FILE...
  --debian13    runs all tests in a Debian 13 system in _build/debian13; needs root
  --arm64       runs the C tests for arm64 with qemu-user
  --i386        runs the C tests in a 32-bit Debian 12 system in _build/i386; skipped unless root runs it
  --packages    makes the tarball of the last commit with `meson dist`, runs all tests of the tarball, and
                checks what packagers read. Then builds Debian packages and tests them in minimal systems
                of Debian 12 and Debian 13 (build-aux/package.sh), which needs root
  --stress      runs only the stress tests, each program for SECONDS, by default 60. Can be combined
                with --asan, --tsan, --valgrind, --clang, --c, --debian13 or --i386
  --fuzz        calls all functions of GLib, Gio, GdkPixbuf, Pango and Graphene through AthrInvoke and
                directly for SECONDS, by default 600, and prints a table of what differs. The children
                that call have no privileges and no network. Can be combined with --debian13
  --all         runs test.sh once without a mode and once in each mode but --benchmark and --mutate, which
                have no tests, and runs --stress and --fuzz for a minute. Leaves out what needs root,
                unless root runs the script. Takes hours. The last line adds up all counts
  --help        prints this text

The time-outs of the tests grow with the load of the machine, and where tests run slower, as under Valgrind.

The arguments after -- go to `meson test`: names of tests, --repeat 100, --suite c, ... With --benchmark
they go to bench.sh.
EOT
}

mode=all
stress=
fuzz=
while [ $# -gt 0 ]; do
  case $1 in
    --asan|--tsan|--valgrind|--clang|--c|--benchmark|--model|--builds|--abi|--arm64|--debian13|--i386|\
    --packages|--coverage|--mutate|--all)
      if [ "$mode" != all ]; then
        say "--${mode/everything/all} and $1 cannot be combined"
        exit 2
      fi
      mode=${1#--}
      [ "$mode" != all ] || mode=everything
      ;;
    --fuzz-targets)
      if [ "$mode" != all ]; then
        say "--${mode/everything/all} and $1 cannot be combined"
        exit 2
      fi
      mode=${1#--}
      export ATHR_FUZZ_SECONDS=60
      if [[ ${2:-} =~ ^[0-9]+$ ]]; then
        ATHR_FUZZ_SECONDS=$((10#$2))
        shift
      fi
      ;;
    --stress)
      stress=60
      if [[ ${2:-} =~ ^[0-9]+$ ]]; then
        stress=$((10#$2))
        shift
      fi
      if [ "$stress" -eq 0 ]; then
        say '--stress needs at least 1 second'
        exit 2
      fi
      ;;
    --fuzz)
      fuzz=600
      if [[ ${2:-} =~ ^[0-9]+$ ]]; then
        fuzz=$((10#$2))
        shift
      fi
      if [ "$fuzz" -eq 0 ]; then
        say '--fuzz needs at least 1 second'
        exit 2
      fi
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
if [ -n "$stress" ] &&
   [[ $mode =~ ^(benchmark|model|builds|abi|packages|fuzz-targets|coverage|mutate|everything)$ ]]; then
  say "--${mode/everything/all} and --stress cannot be combined"
  exit 2
fi
if [ -n "$fuzz" ] && { [ -n "$stress" ] || { [ "$mode" != all ] && [ "$mode" != debian13 ]; }; }; then
  say '--fuzz can be combined with --debian13 only'
  exit 2
fi

if [ "$mode" = debian13 ]; then
  exec build-aux/debian13.sh ${stress:+--stress "$stress"} ${fuzz:+--fuzz "$fuzz"} ${1+-- "$@"}
fi
if [ "$mode" = i386 ]; then
  if [ "$(id -u)" -ne 0 ]; then
    echo 'skipped: the C tests in a 32-bit system (only root can make one)'
    exit 0
  fi
  exec build-aux/i386.sh ${stress:+--stress "$stress"} ${1+-- "$@"}
fi
if [ "$mode" = benchmark ]; then
  exec build-aux/bench.sh "$@"
fi

# Options for a build of the C code only
c_only=(-Dtests=enabled -Dintrospection=disabled -Dvapi=disabled -Ddocs=disabled)
tests_only=("${c_only[@]}" -Dexamples=disabled -Dbenchmarks=disabled)

build_with_clang() {
  CC=clang build _build/clang -Dwerror=true "${c_only[@]}"
}

# Tests AthrInvoke with girepository-2.0, the library that newer bindings use.
test_with_girepository_2() {
  local dir=_build/girepository-2.0
  build "$dir" -Dwerror=true -Dinvoke=girepository-2.0 -Dtests=enabled -Dintrospection=enabled \
    -Dvapi=disabled -Ddocs=disabled -Dexamples=disabled -Dbenchmarks=disabled &&
    meson test -C "$dir" --suite invoke
}

build_with_tsan() {
  local libraries
  libraries=$(build-aux/tsan-glib.sh) || return
  export LD_LIBRARY_PATH=$libraries
  build "$dir" -Dbuildtype=debug -Db_sanitize=thread -Db_lundef=false \
    -Dpkg_config_path="$libraries/pkgconfig" "${tests_only[@]}"
}

build_with_libfuzzer() {
  CC=clang configure "$dir" -Dbuildtype=debugoptimized '-Db_sanitize=address,undefined' -Db_lundef=false \
    -Dc_args=-fsanitize=fuzzer-no-link "${tests_only[@]}" &&
    meson compile -C "$dir" fuzz-targets
}

# Without optimization gcc gives each line its own code.
build_for_coverage() {
  local setting
  build "$dir" -Dbuildtype=debug -Db_coverage=true -Dtests=enabled -Dintrospection=enabled -Dvapi=disabled \
    -Ddocs=disabled -Dexamples=disabled -Dbenchmarks=disabled || return
  while read -r setting; do
    export "${setting?}"
  done < <(build-aux/coverage.sh --begin "$dir")
}

# Runs each mode, and adds up the last lines.
run_everything() {
  local modes=('') summary=() passed=0 failed=0 skipped=0 arguments status line
  mapfile -t -O 1 modes < <(usage | sed -nE 's/^  (--[a-z0-9-]+) .*/\1/p' |
                            grep -vxE -- '--(benchmark|mutate|stress|fuzz|all|help)')
  modes+=('--stress 60' '--fuzz 60')
  for arguments in "${modes[@]}"; do
    if [ "$arguments" = --debian13 ] && [ "$(id -u)" -ne 0 ]; then
      skipped=$((skipped + 1))
      summary+=("test.sh $arguments: skipped (needs root)")
      continue
    fi
    say "running build-aux/test.sh $arguments"
    status=0
    # shellcheck disable=SC2086
    build-aux/test.sh $arguments | tee _build/last-run || status=$?
    line=$(tail -n 1 _build/last-run)
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
      passed=$((passed + BASH_REMATCH[1]))
      failed=$((failed + BASH_REMATCH[2]))
      skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
      [ "$status" -eq 0 ] || [ "${BASH_REMATCH[2]}" -gt 0 ] || failed=$((failed + 1))
    elif [ "$status" -eq 0 ]; then
      skipped=$((skipped + 1))
    else
      failed=$((failed + 1))
    fi
    summary+=("test.sh $arguments: $line")
  done
  printf '\n'
  printf '%s\n' "${summary[@]}"
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ]
}

if [ "$mode" = everything ]; then
  mkdir -p _build
  run_everything
  exit
fi

# For each mode: its suites, and how much slower than a plain build they run
suites=(--suite c --suite stress)
slow=1
select=()
case $mode in
  all)
    dir=_build/test
    compile=(build "$dir" -Dwerror=true -Dtests=enabled -Dintrospection=enabled)
    suites=()
    ;;
  asan)
    dir=_build/asan
    compile=(build "$dir" -Dbuildtype=debug '-Db_sanitize=address,undefined' -Db_lundef=false
             "${tests_only[@]}")
    slow=3
    strict=detect_leaks=1:halt_on_error=1:detect_stack_use_after_return=1
    strict+=:check_initialization_order=1:strict_init_order=1:strict_string_checks=1
    export ASAN_OPTIONS=$strict${ASAN_OPTIONS:+:$ASAN_OPTIONS}
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
    ;;
  tsan)
    dir=_build/tsan
    compile=(build_with_tsan)
    suites+=(--suite tsan)
    slow=10
    # Blanks in the path would separate options.
    strict="halt_on_error=1:second_deadlock_stack=1:suppressions='$PWD/tests/tsan/glib.supp'"
    export TSAN_OPTIONS=$strict${TSAN_OPTIONS:+:$TSAN_OPTIONS}
    ;;
  valgrind)
    dir=_build/valgrind
    compile=(build "$dir" -Dbuildtype=debug "${tests_only[@]}")
    suites=(--suite c)
    slow=30
    wrap='valgrind --quiet --fair-sched=yes --error-exitcode=99 --leak-check=full'
    wrap+=' --errors-for-leak-kinds=definite --show-leak-kinds=definite --num-callers=30'
    wrap+=" --suppressions=$(pkg-config --variable=prefix glib-2.0)/share/glib-2.0/valgrind/glib.supp"
    select+=(--wrap "$wrap")
    ;;
  clang)
    dir=_build/clang
    compile=(build_with_clang)
    ;;
  arm64)
    dir=_build/arm64/build
    compile=(build-aux/arm64.sh)
    suites=(--suite c)
    slow=20
    ;;
  c)
    dir=_build/c
    compile=(build "$dir" -Dwerror=true -Dinvoke=disabled "${tests_only[@]}")
    ;;
  packages)
    dir=_build/test
    compile=(build "$dir" -Dwerror=true -Dtests=enabled -Dintrospection=enabled)
    suites=(--suite packages)
    ;;
  coverage)
    dir=_build/coverage
    compile=(build_for_coverage)
    suites=(--suite c --suite invoke --suite python)
    slow=3
    ;;
  fuzz-targets)
    dir=_build/fuzz-targets
    compile=(build_with_libfuzzer)
    suites=(--suite fuzz --no-rebuild)
    slow=$((3 + ATHR_FUZZ_SECONDS / 30))
    export ASAN_OPTIONS=detect_leaks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
    ;;
esac

# A test takes longer beside other work, which may also begin during the test. Only a test that hangs waits for its
# time-out.
read -r load _ </proc/loadavg
slow=$((slow * (2 + ${load%.*} / $(nproc))))
export ATHR_TEST_PATIENCE=$slow

if [ -n "$stress" ]; then
  export ATHR_STRESS_SECONDS=$stress
  suites=(--suite stress)
  [ "$mode" != tsan ] || suites+=(--suite tsan)
  # Without the multiplier the time-out of a stress test is a minute.
  slow=$((slow + stress / 20))
fi
if [ -n "$fuzz" ]; then
  export ATHR_FUZZ_SECONDS=$fuzz
  select+=(invoke-fuzz)
  slow=$((slow + fuzz / 60))
fi
select+=("${suites[@]}" --timeout-multiplier "$slow")

build-aux/setup.sh "$mode"
if [[ $mode =~ ^(clang|fuzz-targets)$ ]] && ! command -v clang >/dev/null; then
  say 'clang is not installed'
  exit 1
fi

if [ "$mode" = mutate ]; then
  exec build-aux/mutate.py "$@"
fi

count=(build-aux/count-tests.py)
case $mode in
  model|builds|abi)
    while read -r point; do
      count+=(--point "$point")
    done < <("build-aux/$mode.sh" "$@" || echo "failed:build-aux/$mode.sh")
    exec "${count[@]}"
    ;;
esac

rm -f "$dir"/meson-logs/testlog*.json
if "${compile[@]}"; then
  status=0
  if [ "$mode" = tsan ]; then
    if build-aux/tsan-glib.sh --check "$dir"; then
      count+=(--point 'passed:the tests load the GLib that is built with ThreadSanitizer')
    else
      count+=(--point 'failed:the tests do not load the GLib that is built with ThreadSanitizer')
    fi
  fi
  meson test -C "$dir" "${select[@]}" "$@" || status=$?
  # The table is in comments of TAP, which Meson does not show.
  [ -z "$fuzz" ] || sed -n 's/^# //p' "$dir/meson-logs/testlog.txt"
  count+=(--status "$status")
  if [ "$mode" = coverage ] && ! build-aux/coverage.sh --report "$dir"; then
    count+=(--point 'failed:the report of the coverage')
  fi
else
  count+=(--point "failed:the build in $dir")
fi

if [ "$mode" = all ] && [ -z "$stress$fuzz" ] && [ $# -eq 0 ]; then
  if ! command -v clang >/dev/null; then
    count+=(--point 'skipped:the build with clang (not installed)')
  elif build_with_clang; then
    count+=(--point 'passed:the build with clang')
  else
    count+=(--point 'failed:the build with clang')
  fi
fi

if [ "$mode" = all ] && [ -z "$stress$fuzz" ] && [ $# -eq 0 ] && pkg-config girepository-2.0; then
  if test_with_girepository_2; then
    count+=(--point 'passed:the tests of AthrInvoke with girepository-2.0')
  else
    count+=(--point 'failed:the tests of AthrInvoke with girepository-2.0')
  fi
fi

if [ "$mode" = packages ] && [ $# -eq 0 ] && [ ! -e .git ]; then
  count+=(--point 'skipped:the tarball and the packages of Debian (this is no checkout of Git)')
elif [ "$mode" = packages ] && [ $# -eq 0 ]; then
  if tarball=$(build-aux/dist.sh --test); then
    count+=(--point 'passed:the tests of the tarball')
  else
    count+=(--point 'failed:the tests of the tarball')
  fi
  # shellcheck source=/dev/null
  if ! (. build-aux/system.sh && can_make_systems); then
    count+=(--point 'skipped:the packages of Debian (no system can be made here)')
  else
    while read -r point; do
      count+=(--point "$point")
    done < <(build-aux/package.sh ${tarball:+--tarball "$tarball"} || echo 'failed:build-aux/package.sh')
  fi
fi

exec "${count[@]}" "$dir"
