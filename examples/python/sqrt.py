# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import datetime
import math
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib, GObject


def print_sqrt(x):
    time.sleep(0.5)
    result = math.sqrt(x)
    print(f"{datetime.datetime.now()} {result:f}\n", end="")  # whole lines, from all threads
    return result


def work(call, x):  # on a worker thread
    call.return_value(print_sqrt(x))


def done(call, result, x):  # in the main loop
    value = GObject.Value()
    call.run_finish_into(result, value)
    roots[x] = value.get_value()
    if len(roots) == 3:
        loop.quit()


def print_roots():
    print(f"({roots[2]:f} {roots[3]:f} {roots[4]:f})")
    print(f"{time.monotonic() - start:.1f} s")


print("One after the other:")
start = time.monotonic()
roots = {x: print_sqrt(x) for x in (2, 3, 4)}
print_roots()

print("At once:")
start = time.monotonic()
roots = {}
for x in (2, 3, 4):
    Athr.Call.new(work, x).run_async(None, done, x)
loop = GLib.MainLoop()
loop.run()
print_roots()
