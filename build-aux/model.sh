#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/model.sh [MODEL[/CHECK]...]

Searches all states of the models in tests/promela/ with Spin. Prints a line OUTCOME:MODEL/CHECK for
each check. A model declares its checks in comments, one check in each line:

  check: NAME; spin OPTIONS; cc OPTIONS; pan OPTIONS; fails

  NAME    the name of the check
  spin    options of Spin beside -a, such as -DN_WORKERS=3
  cc      options of the compiler beside -O1: -DSAFETY, the default, looks only for failed assertions
          and dead ends; -DNP looks for cycles without progress; -DCOLLAPSE saves memory;
          -DMEMLIM=MEGABYTES limits the memory, by default to 4096
  pan     options of the search, such as -a or -l for cycles, -mDEPTH, -N LTL-FORMULA
  fails   the model is wrong on purpose, and the check must find an error

Only NAME is required. A model without such a line has one check, safety. A search that finds an
error, or does not come to its end, is a failure. A model may include the files *.inc beside it.
EOT
}

models=tests/promela
work=$PWD/_build/model

trim() {
  local text=$1
  text=${text#"${text%%[![:space:]]*}"}
  printf '%s' "${text%"${text##*[![:space:]]}"}"
}

# Prints the checks that the comments of a model declare, or `safety` for a model that declares none.
checks_of() {
  local lines
  lines=$(sed -nE 's,^[[:space:]/*]*check:[[:space:]]*(.*[^[:space:]*/])[[:space:]*/]*$,\1,p' "$1")
  printf '%s\n' "${lines:-safety}"
}

# search MODEL DIR: searches in DIR, with the options that check() has read
search() {
  cp -- "$1" "$2/model.pml" &&
    find "$models" -name '*.inc' -exec cp -t "$2" -- {} + &&
    cd -- "$2" &&
    spin -a "${spin_options[@]}" model.pml &&
    "${CC:-cc}" -O1 -w -DMEMLIM=4096 "${cc_options[@]}" -o pan pan.c &&
    ./pan "${pan_options[@]}"
}

# Prints nothing if the log is that of a complete search without an error, `error` if the search found one, or
# what else went wrong.
complaint_of() {
  if ! grep -qE '^State-vector .*errors: [0-9]+' "$1"; then
    echo 'there was no search'
  elif ! grep -qE '^State-vector .*errors: 0$' "$1"; then
    echo error
  elif grep -qE 'max search depth too small' "$1"; then
    echo 'the depth was too small (pan -m)'
  elif grep -qE 'out of memory|memory exceeded|-DMEMLIM|hash table.*full' "$1"; then
    echo 'the memory was too small (cc -DMEMLIM)'
  elif grep -qiE 'search not completed' "$1"; then
    echo 'the search was not completed'
  fi
}

# check MODEL DECLARATION
check() {
  local model=$1 parts part name outcome complaint expected=''
  local spin_options=() cc_options=(-DSAFETY) pan_options=()
  local dir log

  IFS=';' read -ra parts <<<"$2"
  name=$(basename -- "$model" .pml)/$(trim "${parts[0]}")
  if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" $name "* && " ${wanted[*]} " != *" ${name%%/*} "* ]]; then
    return
  fi
  dir=$work/$name
  log=$dir/log
  rm -rf -- "$dir"
  mkdir -p "$dir"

  for part in "${parts[@]:1}"; do
    part=$(trim "$part")
    case $part in
      spin|spin\ *) read -ra spin_options <<<"${part#spin}" ;;
      cc|cc\ *) read -ra cc_options <<<"${part#cc}" ;;
      pan|pan\ *) read -ra pan_options <<<"${part#pan}" ;;
      fails) expected=error ;;
      *)
        say "$name: unknown part '$part'"
        echo "failed:$name"
        return
        ;;
    esac
  done

  say "searching $name"
  (search "$model" "$dir") >"$log" 2>&1 || true
  complaint=$(complaint_of "$log")
  outcome=failed
  if [ "$complaint" = "$expected" ]; then
    outcome=passed
  else
    tail -n 100 -- "$log" >&2
    if [ -z "$complaint" ]; then
      complaint='the search found no error, but must find one'
    elif [ "$complaint" = error ] && [ -e "$dir/model.pml.trail" ]; then
      (cd -- "$dir" && spin -t -p "${spin_options[@]}" model.pml | tail -n 200) >&2 || true
    fi
    say "$name: $complaint"
  fi
  echo "$outcome:$name"
}

wanted=()
for argument; do
  case $argument in
    --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *) wanted+=("$argument") ;;
  esac
done

for name in ${wanted[0]+"${wanted[@]}"}; do
  if [ ! -e "$models/${name%%/*}.pml" ]; then
    say "there is no model ${name%%/*}"
    exit 2
  fi
done

for model in "$models"/*.pml; do
  if [ -e "$model" ]; then
    while read -r declaration; do
      check "$model" "$declaration"
    done < <(checks_of "$model")
  fi
done
