#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOT'
Usage: build-aux/release.sh [--dry-run] [--no-tests] VERSION

Makes a release of the last commit: a commit that sets the version, a tag, and a tarball. VERSION is MAJOR.MINOR.MICRO.
The commit changes the version in meson.build and in the files for packagers, and the heading in NEWS.md that ends in
"(unreleased)". The metadata of Contact Sheet gets the version as its newest release.

The script works in a clone in _build/release. The commit and the tag come to the current branch of this checkout only
after the tarball has passed all its tests. A release that fails changes nothing, and can be tried again.

  --dry-run     makes everything in the clone, shows the commit, and leaves this checkout as it is
  --no-tests    does not test the tarball
EOT
}

dry_run=
tests=yes
version=
for argument; do
  case $argument in
    --help) usage; exit 0 ;;
    --dry-run) dry_run=yes ;;
    --no-tests) tests= ;;
    -*) usage >&2; exit 2 ;;
    *)
      [ -z "$version" ] || { usage >&2; exit 2; }
      version=$argument
      ;;
  esac
done

fail() {
  say "$*"
  exit 1
}

# check_state: a release is made on a branch, from a commit that has all changes.
check_state() {
  [[ $version =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]] || fail 'VERSION must be MAJOR.MINOR.MICRO'
  [ -e .git ] || fail 'needs a checkout of Git'
  git symbolic-ref --quiet HEAD >/dev/null || fail 'the checkout is on no branch'
  [ -z "$(git status --porcelain)" ] || fail 'there are changes that are not committed'
  local newest
  newest=$( (git tag --list '[0-9]*.[0-9]*.[0-9]*'; echo "$version") | sort --version-sort | tail -n 1)
  [ -z "$(git tag --list "$version")" ] || fail "the tag $version exists"
  [ "$newest" = "$version" ] || fail "the tag $newest is newer than $version"
  [ "$(grep -cE '^## .*\(unreleased\)$' NEWS.md)" -eq 1 ] || fail 'NEWS.md needs one heading that ends in (unreleased)'
}

# Sets the version in the files of the current folder.
set_version() {
  local date author changelog=build-aux/debian/changelog
  local metainfo=examples/gtk/data/org.athreading.ContactSheet.metainfo.xml
  sed -i "s/^  version: '[0-9.]*'/  version: '$version'/" meson.build
  sed -i "s/^## .*(unreleased)$/## $version ($(date --utc +%Y-%m-%d))/" NEWS.md
  sed -i "s/athreading-[0-9.]*[0-9]/athreading-$version/" build-aux/athreading.wrap build-aux/flatpak/athreading.yml

  date=$(date --utc +%Y-%m-%d)
  if grep -qF "<release version=\"$version\"" "$metainfo"; then
    sed -i "s/^\( *<release version=\"${version//./\\.}\" date=\"\)[^\"]*/\1$date/" "$metainfo"
  else
    sed -i "s|^\( *\)<releases>\$|&\n\1  <release version=\"$version\" date=\"$date\"/>|" "$metainfo"
  fi

  date=$(date --utc --rfc-email)
  if grep -qF "($version-0upstream1)" "$changelog"; then
    sed -i "0,/^ -- /s/^\( -- .*>  \).*/\1$date/" "$changelog"
  else
    author=$(sed -n 's/^ -- \(.*>\)  .*/\1/p;T;q' "$changelog")
    printf 'athreading (%s-0upstream1) unstable; urgency=medium\n\n  * New release.\n\n -- %s  %s\n\n' \
      "$version" "$author" "$date" | cat - "$changelog" >"$changelog.new"
    mv -- "$changelog.new" "$changelog"
  fi
}

check_state
top=$PWD
clone=_build/release/athreading
rm -rf -- _build/release
mkdir -p _build/release
# A worktree has no folder .git, so Git is asked for the repository.
git clone --quiet --no-local -- "$top" "$clone"
name=$(git config user.name) || fail 'git config needs user.name'
email=$(git config user.email) || fail 'git config needs user.email'

cd -- "$clone"
set_version
git -c user.name="$name" -c user.email="$email" commit --quiet --all --message "release: athreading $version"
git -c user.name="$name" -c user.email="$email" tag --annotate --message "athreading $version" "$version"
[ -z "$dry_run" ] || git --no-pager show >&2
tarball=$(build-aux/dist.sh ${tests:+--test})
cd -- "$top"
cp -- "$tarball" "$tarball.sha256sum" _build/release

if [ -n "$dry_run" ]; then
  say 'the checkout is as it was; the tarball is in _build/release'
  exit 0
fi
git fetch --quiet --no-tags -- "$clone" HEAD
git merge --quiet --ff-only FETCH_HEAD
git fetch --quiet --no-tags -- "$clone" "refs/tags/$version:refs/tags/$version"
say "the tarball is _build/release/athreading-$version.tar.xz"
say "publish the tarball and its checksum, and push the branch and the tag: git push --follow-tags"
