# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""on-screen.py PROGRAM ARGUMENT...: runs a program on a virtual screen of its own. Exits with 77, which means that a
test was skipped, if there is no virtual screen."""

import os
import shutil
import subprocess
import sys
import tempfile

MEMORY = "/dev/shm"


def start_screen():
    """Returns the process of the screen, and the display."""
    reader, writer = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
                              pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with open(reader, encoding="ascii") as answer:
        return screen, ":" + answer.readline().strip()


def run(command, display, home):
    environment = {
        **os.environ, "DISPLAY": display, "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo", "GTK_A11Y": "test",
        "GSETTINGS_BACKEND": "memory", "HOME": home, "XDG_RUNTIME_DIR": home, "LANG": "C.UTF-8",
        # No session bus: the settings of a desktop would change what the tests see.
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/dev/null",
        "TMPDIR": home,
    }
    return subprocess.run(command, env=environment, check=False).returncode


def main(command):
    if shutil.which("Xvfb") is None:
        print("1..0 # SKIP Xvfb is not installed")
        return 0 if "--tap" in command else 77
    screen, display = start_screen()
    try:
        # In memory, since the tests make many files
        with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as home:
            return run(command, display, home)
    finally:
        screen.terminate()
        screen.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
