# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

import datetime
import time

import gi
gi.require_version("Athr", "1")
from gi.repository import Athr, GLib, GObject


def worker(n):
    for _ in range(n):
        time.sleep(0.5)
        yield datetime.datetime.now()


def produce(yielder, n):  # on a worker thread
    for value in worker(n):
        yielder.yield_value(value)


def print_stream(stream, result, sid):  # in the main loop
    value = GObject.Value()
    stream.next_finish_into(result, value)
    if not stream.is_done():
        print("stream:", sid, "time:", value.get_value())
        stream.next_async(None, print_stream, sid)
    else:
        done.append(sid)
        if len(done) == 4:
            loop.quit()


print("One after the other:")
start = time.monotonic()
for sid in range(4):
    for value in worker(3):
        print("stream:", sid, "time:", value)
print(f"{time.monotonic() - start:.1f} s")

print("At once:")
start = time.monotonic()
executor = Athr.Executor.new("timestamps", 4)
loop = GLib.MainLoop()
done = []
for sid in range(4):
    stream = Athr.Stream.new(produce, 3)
    stream.set_executor(executor)
    stream.next_async(None, print_stream, sid)
loop.run()
print(f"{time.monotonic() - start:.1f} s")
