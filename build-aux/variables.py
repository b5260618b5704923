#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: variables.py LIBDIR DATADIR PYTHONDIR [VERSION=LUA...]. `meson install` runs this script, which prints the
environment variables with which programs find an installation in these folders. The script leaves out the variables
that name folders which programs search anyway."""

import os
import re
import shutil
import subprocess
import sys

ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("PYTHONPATH", "LUA_PATH") and not name.startswith("LUA_PATH_")}


def output(*command):
    try:
        return subprocess.run(command, text=True, capture_output=True, env=ENVIRONMENT).stdout
    except OSError:
        return ""


def ldconfig(*options):
    return output(shutil.which("ldconfig", path=f"{os.environ['PATH']}:/usr/sbin:/sbin") or "ldconfig", *options)


def is_among(folder, folders):
    return os.path.realpath(folder) in map(os.path.realpath, filter(None, folders))


def pkg_config(variable, package):
    return output("pkg-config", f"--variable={variable}", package).strip().split(":")


def prepend(name, folder):
    return f'export {name}="{folder}${{{name}:+:${name}}}"'


def needed_lines(libdir, datadir, python_folder, luas):
    linker_folders = re.findall(r"^(/[^:]+):", ldconfig("-v", "-N", "-X"), re.MULTILINE)
    if not is_among(libdir, linker_folders):
        yield prepend("LD_LIBRARY_PATH", libdir)
    elif not re.search(r"^\s*libathreading-1\.so\.0 ", ldconfig("-p"), re.MULTILINE):
        yield "ldconfig  # as root"
    if not is_among(f"{libdir}/pkgconfig", pkg_config("pc_path", "pkg-config")):
        yield prepend("PKG_CONFIG_PATH", f"{libdir}/pkgconfig")
    typelibs = f"{libdir}/girepository-1.0"
    if not os.path.exists(typelibs):  # built without introspection
        return
    if not is_among(typelibs, pkg_config("typelibdir", "gobject-introspection-1.0") + ["/usr/lib/girepository-1.0"]):
        yield prepend("GI_TYPELIB_PATH", typelibs)
    searched = output(sys.executable, "-c", "import sys; print(*sys.path, sep='\\n')").split("\n")
    if python_folder and not is_among(python_folder, searched):
        yield prepend("PYTHONPATH", os.path.normpath(python_folder))
    # GJS and valac search these folders.
    if not is_among(datadir, ["/usr/local/share", "/usr/share"]):
        yield f'export XDG_DATA_DIRS="{datadir}:${{XDG_DATA_DIRS:-/usr/local/share:/usr/share}}"'
    for version, lua in luas.items():
        pattern = f"{datadir}/lua/{version}/?.lua"
        if pattern not in output(lua, "-e", "print(package.path)").strip().split(";"):
            name = "LUA_PATH" if version == "5.1" else "LUA_PATH_" + version.replace(".", "_")
            yield f'export {name}="{pattern};${{{name}:-;}}"'


def show(text):
    """Meson drops what a script prints to its own output. So the text goes to the standard error of Meson itself."""
    if "MESON_INSTALL_PREFIX" in os.environ:
        try:
            with open(f"/proc/{os.getppid()}/fd/2", "a", encoding="utf-8") as meson:
                meson.write(text)
            return
        except OSError:
            pass
    sys.stdout.write(text)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    libdir, datadir, python_folder, *luas = sys.argv[1:]
    lines = list(needed_lines(libdir, datadir, python_folder, dict(lua.split("=") for lua in luas)))
    if lines:
        show("\n".join(["", "Programs find athreading after these commands:", "", *lines, "", ""]))


if __name__ == "__main__":
    main()
