# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# The other scripts source this file. It changes to the top folder of the repository. With CDPATH, cd would look for
# relative folders elsewhere, and print their names.
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit

# The system's Python has the bindings, and the system's Meson uses this Python. A Python of pyenv or the
# like lacks them.
export PATH="/usr/bin:/bin:$PATH"

say() {
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
}

# of_caller FILE: prints the path of a file that the caller has named, relative to the top folder. Fails if there is no
# such file. Scripts assign the result to a variable first: as an argument of a command, a failure would go unnoticed.
of_caller() {
  local file
  file=$(cd -- "$OLDPWD" && realpath -e -- "$1") && realpath --relative-to=. -- "$file"
}

# configure DIR OPTION...: configures DIR, also if it was configured before.
# The steps are chained with &&, since an `if` or `||` around the call turns off `set -e` in these functions.
configure() {
  local dir=$1
  shift

  if [ -e "$dir/meson-private/coredata.dat" ] &&
     ! meson setup --reconfigure "$dir" . "$@"; then
    say "$dir cannot be configured again, so it is removed and made anew"
    rm -rf -- "$dir"
  fi
  [ -e "$dir/meson-private/coredata.dat" ] || meson setup "$dir" . "$@"
}

# build DIR OPTION...: configures DIR and compiles.
build() {
  configure "$@" &&
    meson compile -C "$1"
}

# Prints the names of the files of the work tree, each with a NUL after it.
files() {
  local file
  if [ -e .git ]; then
    git -c safe.directory="$PWD" ls-files -z --cached --others --exclude-standard --deduplicate
  else
    find . -path ./_build -prune -o \( -type f -o -type l \) -print0
  fi | while IFS= read -r -d '' file; do
    # The index still names files that have been removed.
    if [ -e "$file" ] || [ -L "$file" ]; then
      printf '%s\0' "$file"
    fi
  done
}

# copy_files FOLDER: copies the files of the work tree, and keeps the folder _build. tar keeps the times of the files, so a
# second run builds only what has changed.
copy_files() {
  local folder=$1
  mkdir -p "$folder"
  find "$folder" -mindepth 1 -maxdepth 1 ! -name _build -exec rm -rf -- {} +
  files | tar --create --null --no-recursion --files-from=- |
    tar --extract --no-same-owner --directory="$folder"
}
