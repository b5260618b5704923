# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The children that call functions: they have no privileges, no network and a folder of their own."""

import ast
import asyncio
import ctypes
import enum
import functools
import gc
import hashlib
import importlib
import os
import re
import resource
import select
import shutil
import signal
import sys
import tempfile
import time

from gi.repository import Athr, Gio, GLib, GObject

from arguments import is_cancellable, passed

CLONE_NEWUSER, CLONE_NEWNET, NOBODY = 0x10000000, 0x40000000, 65534
PATIENCE = int(os.environ.get("ATHR_TEST_PATIENCE") or 1)  # a call takes longer beside other work
SECONDS_OF_CALL, SECONDS_OF_MEASURE = 4 * PATIENCE, 60 * PATIENCE
LONGEST = 100_000
EXIT_BROKEN = 70
libc = ctypes.CDLL(None, use_errno=True)
importlib.import_module("gi.overrides._athr.results")  # a child cannot read the files of the project


class MallocInfo(ctypes.Structure):
    """A struct mallinfo2"""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


libc.mallinfo2.restype = MallocInfo


def cut_network():
    """Returns whether this process has no network any more."""
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET | (0 if uid == 0 else CLONE_NEWUSER)):
        return False
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    return True


def enter_sandbox():
    """Takes the privileges of this process and of its children away. Returns the folder for their files."""
    if not cut_network():
        print("# The system allows no network namespace: the children can reach the network", flush=True)
    folder = tempfile.mkdtemp(prefix="athr-fuzz-")
    if os.getuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 26, 1 << 26))
    for name in list(os.environ):
        if name.startswith(("XDG_", "DBUS_")) or name == "DISPLAY":
            del os.environ[name]
    os.environ.update(HOME=folder, TMPDIR=folder)
    os.chdir(folder)
    return folder


def renew_files(folder):
    """Gives each call the same files, in the current folder."""
    os.chdir(folder)
    shutil.rmtree("call", ignore_errors=True)
    os.makedirs("call/folder", exist_ok=True)
    os.chdir("call")
    with open("hello.txt", "w") as file:
        file.write("hello\n")


def see_field(value, name, depth):
    try:
        return see(getattr(value, name), depth)
    except TypeError:
        return "what PyGObject cannot read"


def see_fields(value, depth):
    shown = []
    for field in value.__info__.get_fields() if hasattr(type(value), "__info__") else ():
        tag = field.get_type().get_tag_as_string()
        if field.get_name() == "ref_count":
            continue  # the language may not have dropped all references yet
        if re.fullmatch(r"g?u?int\d+|gboolean|gfloat|gdouble", tag) or \
           tag == "interface" and type(field.get_type().get_interface()).__name__ in ("StructInfo", "EnumInfo"):
            shown.append(see_field(value, field.get_name(), depth + 1))
    return shown


def see_properties(value):
    kinds = (GObject.TYPE_STRING, GObject.TYPE_INT, GObject.TYPE_UINT, GObject.TYPE_BOOLEAN)
    return {spec.name: see(value.get_property(spec.name)) for spec in value.list_properties()
            if spec.value_type in kinds and spec.flags & GObject.ParamFlags.READABLE
            and not spec.flags & GObject.ParamFlags.DEPRECATED}


def see(value, depth=0):
    """Returns plain Python values that say what the value is, and can be compared between processes."""
    if value is None or isinstance(value, (str, bytes, bool)):
        return value
    if isinstance(value, enum.Enum) or isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return "nan" if value != value else repr(round(value, 6))
    if isinstance(value, tuple):
        return tuple(see(one, depth) for one in value)
    if isinstance(value, list):
        return [see(one, depth) for one in value]
    if isinstance(value, dict):
        return {key: see(one, depth) for key, one in sorted(value.items())}
    if isinstance(value, GLib.Error):
        return "GLib.Error", value.domain, value.code, re.sub(r"0x[0-9a-f]+", "0x", value.message or "")
    if isinstance(value, (type, GObject.GType)):
        return "GType", (value if isinstance(value, GObject.GType) else value.__gtype__).name
    name = type(value).__name__
    if isinstance(value, GLib.Bytes):
        return name, value.get_data()
    if isinstance(value, GLib.Variant):
        return name, value.print_(True)
    if isinstance(value, GLib.String):
        return name, value.str
    if isinstance(value, GLib.DateTime):
        return name, value.format_iso8601()
    if isinstance(value, GLib.KeyFile):
        return name, value.to_data()[0]
    if isinstance(value, Gio.File):
        return name, value.get_uri()
    if isinstance(value, GObject.Object):
        return name, see_properties(value)
    if isinstance(value, GObject.Value):
        return name, see(value.get_value(), depth + 1)
    return name, see_fields(value, depth) if depth < 3 and isinstance(value, GObject.GBoxed) else []


def call_directly(function):
    return function.get_direct()


def call_on_worker(function):
    return lambda *arguments: asyncio.run(Athr.invoke(function.name, *arguments))


def outcome(function, makers, make_callable):
    """Returns how the call ended, the result or error, and the arguments after the call."""
    try:
        arguments = [make() for make in makers]
    except (GLib.Error, TypeError) as error:
        return "cannot make", str(error)
    try:
        ended = "returned", see(make_callable(function)(*arguments))
    except GLib.Error as error:
        ended = "raised", see(error)
    except BaseException as error:  # asyncio.CancelledError, too
        return "refused", f"{type(error).__name__}: {error}"
    return (*ended, [see(argument) for argument in arguments])


def growth(call, settle, lengths):
    """Returns by how many bytes each call makes the memory of the process grow, after some calls."""
    used = []
    for length in lengths:
        for _ in range(length):
            call()
        settle()
        gc.collect()
        used.append(libc.mallinfo2().uordblks)
    return min(after - before for before, after in zip(used, used[1:])) // lengths[-1]


def measure(function, makers, make_callable, lengths=(20, *[15] * 6)):
    """Returns the growth of a call, as an outcome."""
    loop = asyncio.new_event_loop()
    direct = function.get_direct() if make_callable is call_directly else None
    # AthrInvoke passes a cancellable of its own instead of null. With one, some functions of GLib 2.84 leak more.
    cancellables = [n + function.info.is_method() for n, argument in enumerate(passed(function.info))
                    if is_cancellable(argument)] if direct else []

    async def invoke(arguments):
        return await Athr.invoke(function.name, *arguments)

    def call():
        arguments = [make() for make in makers]
        for n in cancellables:
            if n < len(arguments) and arguments[n] is None:
                arguments[n] = Gio.Cancellable()
        try:
            direct(*arguments) if direct else loop.run_until_complete(invoke(arguments))
        except Exception:  # the comparison of the outcomes looks at errors
            pass

    async def turns():
        for _ in range(5):
            await asyncio.sleep(0)

    return "grew", growth(call, lambda: loop.run_until_complete(turns()), lengths)


# PyGObject keeps some memory for each new address of an object, and so do caches. A leak is in every round.
measure_surely = functools.partial(measure, lengths=(1500, *[300] * 5))


def serve(jobs, folder, writer):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    with os.fdopen(writer, "wb", buffering=0) as pipe:
        for work, function, makers, make_callable in jobs:
            renew_files(folder)
            signal.alarm(SECONDS_OF_CALL if work is outcome else SECONDS_OF_MEASURE)
            ended = work(function, makers, make_callable)
            text = repr(ended).encode("utf-8", "backslashreplace")
            if len(text) > LONGEST:
                text = repr((ended[0], "long", hashlib.sha256(text).hexdigest(), text[:80])).encode()
            pipe.write(text + b"\n")


def run_some(jobs, folder):
    """Runs the jobs in one child. Returns the outcomes until the child ended, and how the child ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            serve(jobs, folder, writer)
            os._exit(0)
        finally:
            os._exit(EXIT_BROKEN)
    os.close(writer)
    data, last = b"", time.monotonic()
    while True:
        ready = select.select([reader], [], [], SECONDS_OF_MEASURE + 10)[0]
        chunk = os.read(reader, 1 << 16) if ready else b""
        if not chunk:
            break
        data += chunk
    os.close(reader)
    if not ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    lines = data.split(b"\n")[:-1]
    return [ast.literal_eval(line.decode()) for line in lines], os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def run(jobs, folder):
    """Runs the jobs, and returns the outcome of each: children that die are replaced."""
    outcomes = []
    while len(outcomes) < len(jobs):
        some, ended = run_some(jobs[len(outcomes):], folder)
        outcomes += some
        if len(outcomes) < len(jobs):
            # An earlier call may have broken the memory of the child. So the call gets a child of its own.
            alone, ended = run_some([jobs[len(outcomes)]], folder)
            outcomes += alone or [("timed out",) if ended in (signal.SIGALRM, signal.SIGKILL) else ("crashed", ended)]
    return outcomes
