#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

set -euo pipefail

# shellcheck source=/dev/null
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=/dev/null
. build-aux/system.sh

usage() {
  cat <<'EOT'
Usage: build-aux/arm64.sh

Cross-compiles the C code and its tests for arm64 in _build/arm64/build. `test.sh --arm64` does so, and runs the C tests
with qemu-user. At its first run the script downloads the libraries of Debian 12 for arm64, with the machine's own apt,
and unpacks them in _build/arm64/root; nothing is installed.
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

top=$PWD/_build/arm64
root=$top/root

# An apt that sees an empty arm64 system, and downloads as the machine's apt does.
apt_of_root() {
  APT_CONFIG=$top/apt.conf apt-get "$@"
}

write_apt_conf() {
  local mirror
  mirror=$(mirror_of_machine)
  [ -n "$mirror" ] || return
  mkdir -p "$top"/{state/lists,cache/archives,etc}/partial
  : >"$top/state/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" >"$top/etc/sources.list"
  cat >"$top/apt.conf" <<EOT
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
Dir::State "$top/state";
Dir::State::status "$top/state/status";
Dir::Cache "$top/cache";
Dir::Etc::sourcelist "$top/etc/sources.list";
Dir::Etc::sourceparts "/dev/null";
EOT
}

make_root() {
  local package
  write_apt_conf &&
    apt_of_root update &&
    apt_of_root install --yes --download-only --no-install-recommends libglib2.0-dev libc6-dev &&
    rm -rf -- "$root" &&
    mkdir -p "$root" || return
  for package in "$top"/cache/archives/*.deb; do
    dpkg-deb --extract "$package" "$root" || return
  done
  touch "$top/complete"
}

# A test that starts itself runs the file that its argv[0] names. So argv[0] names a script that runs qemu.
write_wrapper() {
  cat >"$top/run" <<EOT
#!/bin/sh
program=\$1
shift
printf '#!/bin/sh\\nexec qemu-aarch64-static -0 "%s" -L "%s" "%s" "\$@"\\n' \\
  "\$program.qemu" '$root' "\$program" >"\$program.qemu"
chmod +x "\$program.qemu"
exec "\$program.qemu" "\$@"
EOT
  chmod +x "$top/run"
}

write_cross_file() {
  local libraries=$root/usr/lib/aarch64-linux-gnu older=$root/lib/aarch64-linux-gnu
  cat >"$top/cross.ini" <<EOT
[binaries]
c = ['aarch64-linux-gnu-gcc', '--sysroot=$root']
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['$top/run']
[built-in options]
c_args = ['-isystem', '$root/usr/include/aarch64-linux-gnu', '-isystem', '$root/usr/include']
c_link_args = ['-L$libraries', '-L$older', '-Wl,-rpath-link,$libraries', '-Wl,-rpath-link,$older']
[properties]
sys_root = '$root'
pkg_config_libdir = '$libraries/pkgconfig:$root/usr/share/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
EOT
}

if [ ! -e "$top/complete" ]; then
  say 'downloading the libraries for arm64, which takes a minute'
  mkdir -p "$top"
  if ! make_root >"$top/root.log" 2>&1; then
    tail -n 100 "$top/root.log" >&2
    say 'making _build/arm64/root failed'
    exit 1
  fi
fi
write_wrapper
write_cross_file
build "$top/build" --cross-file "$top/cross.ini" -Dwerror=true -Dtests=enabled -Dvapi=disabled -Ddocs=disabled \
  -Dexamples=disabled -Dbenchmarks=disabled -Dinvoke=disabled
