# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Calls the functions of the installed typelibs on a worker and directly, compares, and prints TAP and a table."""

import argparse
import itertools
import os
import random
import re
import shutil
import signal
import sys
import time
from collections import Counter

# GLib, Python and the C library must not keep memory that a function has freed.
MEMORY = {"PYTHONMALLOC": "malloc", "G_SLICE": "always-malloc", "MALLOC_PERTURB_": "85",
          "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
if any(os.environ.get(name) != value for name, value in MEMORY.items()):
    os.environ.update(MEMORY)
    os.environ.pop("G_DEBUG", None)  # wrong arguments make GLib write criticals
    os.execv(sys.executable, [sys.executable, "-W", "ignore", *sys.argv])

import gi
from functions import NAMESPACES, all_functions

for name, version in NAMESPACES.items():
    gi.require_version(name, version)

from gi.repository import GdkPixbuf, GLib, Graphene, Pango

import child
from arguments import CannotMake, choose_arguments, choose_only_wrong

FUNCTIONS_AT_A_TIME = 40
FUNCTIONS_OF_SHORT_FORM, LEAKS_OF_SHORT_FORM = 300, 20
LEAK = 30  # bytes a call; malloc() takes at least 32

# What differs although AthrInvoke is right: patterns for names, and why
EXPLAINED = {
    r".*quark.*": "GLib counts the quarks of each process",
    r"GObject\.type_get_type_registration_serial": "the process of the worker has registered more types",
    r"Gio\.Cancellable\.get_fd|GLib\.IOChannel\.new_file|GLib\.(creat|open)":
        "the process of the worker has more open files",
    r"GObject\.signal_list_ids": "a class has signals from its first use on, and the process of the worker uses more classes",
    r"GLib\.random_.*": "random numbers are sometimes the same in two direct calls",
    r"GLib\.Error\.copy": "PyGObject passes memory that is no GError",
    r"GLib\.(byte_array_|ByteArray\.)set_size": "GLib does not set the new bytes",
    r"Gio\.FilenameCompleter\..*": "a thread of Gio reads the folder later",
}


class Verdicts:
    def __init__(self, n_functions):
        self.lines = Counter()
        self.reasons = Counter()
        self.tried, self.called = set(), set()
        self.faults = {"crashed here but not directly": [], "wrong": [], "leaking": []}
        self.n_functions, self.n_calls = n_functions, 0
        self.seen = set()

    def add_fault(self, kind, function, text):
        if (kind, function.name) in self.seen:
            return
        self.seen.add((kind, function.name))
        for pattern, why in EXPLAINED.items():
            if re.fullmatch(pattern, function.name):
                self.lines[f"different: {why}"] += 1
                return
        self.faults[kind].append(function.name)
        print(f"# {kind}: {function.name}: {text}", flush=True)


def refusal(function, ended):
    """Returns why AthrInvoke or the override refused the call, or None."""
    if ended[0] == "refused":
        return "no value of C, or one of another type"
    if ended[0] != "raised" or not ended[1][3].startswith(function.name + ":"):
        return None
    text = ended[1][3]
    found = re.search(r"is not supported: (.*)|must be null[^:]*: (.*)", text)
    if found:
        return (found[1] or found[2]).split(";")[0]
    return "the function failed without an error" if "set no error" in text else "an argument of another type or range"


def as_invoke_gives(function, direct):
    """AthrInvoke leaves out the boolean that tells success."""
    kind, result, *arguments = direct
    if function.info.can_throw_gerror() and function.info.get_return_type().get_tag_as_string() == "gboolean":
        if result is True:
            result = None
        elif isinstance(result, tuple) and result[:1] == (True,):
            result = result[1] if len(result) == 2 else result[1:]
    return (kind, result, *arguments)


def is_same(function, direct, invoked):
    return invoked in (direct, as_invoke_gives(function, direct) if direct[0] == "returned" else direct)


def judge(verdicts, function, makers, direct, invoked, folder):
    """Compares the outcomes of a call. Returns whether the call can be measured."""
    why = refusal(function, invoked)
    if invoked[0] == "crashed" and direct[0] != "crashed":
        verdicts.add_fault("crashed here but not directly", function, f"{invoked}; directly {str(direct)[:200]}")
    elif why is not None:
        verdicts.lines["refused"] += 1
        verdicts.reasons[why] += 1
    elif direct[0] in ("crashed", "timed out", "cannot make"):
        verdicts.lines[f"{direct[0]} directly"] += 1
    elif direct[0] == "refused":
        verdicts.lines["taken here, refused by PyGObject"] += 1
    elif is_same(function, direct, invoked):
        verdicts.called.add(function.name)
        verdicts.lines["same"] += 1
        return True
    else:
        jobs = [(child.outcome, function, makers, how) for how in (child.call_directly, child.call_on_worker)]
        # Alone, in children of their own
        first, again, here = (child.run([job], folder)[0] for job in (jobs[0], jobs[0], jobs[1]))
        verdicts.called.add(function.name)
        if is_same(function, first, here):
            verdicts.lines["same"] += 1
        elif first != again:
            verdicts.lines["different from call to call"] += 1
        else:
            verdicts.add_fault("wrong", function, f"directly {str(first)[:300]}, here {str(here)[:300]}")
    return False


def round_of_calls(verdicts, functions, seed, folder):
    """Calls each of the functions once in each way."""
    made, wrong = [], []
    for function in functions:
        try:
            made.append((function, choose_arguments(function, f"{seed} {function.name}")))
        except CannotMake:
            wrong.append((function, choose_only_wrong(function, f"{seed} {function.name}")))
    verdicts.tried |= {function.name for function in functions}
    verdicts.n_calls += len(functions)

    def run(calls, how):
        return child.run([(child.outcome, *call, how) for call in calls], folder)

    for (function, _), ended in zip(wrong, run(wrong, child.call_on_worker)):
        why = refusal(function, ended)
        if ended[0] == "crashed":
            verdicts.add_fault("crashed here but not directly", function, f"signal {ended[1]}; the arguments are wrong")
        elif why is None:
            verdicts.lines[f"{ended[0]} with wrong arguments"] += 1
        else:
            verdicts.lines["refused"] += 1
            verdicts.reasons[why] += 1
    return [call for call, direct, invoked in zip(made, run(made, child.call_directly), run(made, child.call_on_worker))
            if judge(verdicts, *call, direct, invoked, folder)]


def look_for_leaks(verdicts, calls, folder):
    def run(how, *jobs):
        return child.run([(measure, *call, how) for measure, call in jobs], folder)

    if not calls:
        return
    warm_up = child.measure_surely, calls[0]
    _, *quick = run(child.call_on_worker, warm_up, *((child.measure, call) for call in calls))
    for call, ended in zip(calls, quick):
        if ended[0] != "grew" or ended[1] < LEAK:
            continue
        here, directly = (run(how, (child.measure_surely, call))[0]
                          for how in (child.call_on_worker, child.call_directly))
        if here[0] == directly[0] == "grew" and here[1] >= directly[1] + LEAK:
            verdicts.add_fault("leaking", call[0], f"{here[1]} bytes a call, directly {directly[1]}")


def slices(items):
    return [items[begin:begin + FUNCTIONS_AT_A_TIME] for begin in range(0, len(items), FUNCTIONS_AT_A_TIME)]


def fuzz(verdicts, functions, options, folder):
    """Calls all functions in rounds, each with other arguments. Returns how many functions were measured for leaks."""
    end = time.monotonic() + (options.seconds or float("inf"))
    measured = set()
    for number in itertools.count():
        same = []
        for some in slices(functions):
            if time.monotonic() > end:
                return len(measured)
            same += round_of_calls(verdicts, some, f"{options.seed} {number}", folder)
        unmeasured = [call for call in same if call[0].name not in measured]
        for calls in slices(unmeasured if options.seconds else unmeasured[:LEAKS_OF_SHORT_FORM]):
            if time.monotonic() > end:
                return len(measured)
            look_for_leaks(verdicts, calls, folder)
            measured |= {function.name for function, _ in calls}
        if not options.seconds:
            return len(measured)


def table(verdicts, functions, n_measured, seconds):
    left_out = Counter(function.left_out for function in functions if function.left_out)
    rows = [("functions", verdicts.n_functions), ("left out", sum(left_out.values()))]
    rows += [(f"  {why}", count) for why, count in left_out.most_common()]
    rows += [("tried", len(verdicts.tried)), ("called", len(verdicts.called)), ("calls", verdicts.n_calls)]
    rows += [(f"  {line}", count) for line, count in verdicts.lines.most_common()]
    rows += [("refused by reason", verdicts.lines["refused"])]
    rows += [(f"  {why}", count) for why, count in verdicts.reasons.most_common()]
    rows += [("measured for leaks", n_measured)]
    rows += [(kind, len(names)) for kind, names in verdicts.faults.items()]
    versions = f"GLib {GLib.MAJOR_VERSION}.{GLib.MINOR_VERSION}.{GLib.MICRO_VERSION}, PyGObject {gi.__version__}, " \
               f"GdkPixbuf {GdkPixbuf.PIXBUF_VERSION}, Pango {Pango.version_string()}"
    return [f"{versions}, {seconds:.0f} seconds", *(f"{count:>8}  {what}" for what, count in rows)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=int(os.environ.get("ATHR_FUZZ_SECONDS") or 0),
                        help="how long; without it, one short round with a fixed seed")
    parser.add_argument("--seed", default=os.environ.get("ATHR_FUZZ_SEED"))
    parser.add_argument("names", nargs="*", help="regular expressions for the names of functions; all without one")
    options = parser.parse_args()
    is_short = not options.seconds and not options.names
    options.seed = options.seed or ("1" if is_short else str(random.randrange(10**6)))

    functions = list(all_functions())
    chosen = [function for function in functions if not function.left_out]
    if options.names:
        chosen = [function for function in chosen if any(re.search(name, function.name) for name in options.names)]
    random.Random(options.seed).shuffle(chosen)
    verdicts = Verdicts(len(functions))
    print(f"TAP version 13\n1..{len(verdicts.faults)}\n# seed {options.seed}", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # removes the folder
    start = time.monotonic()
    folder = child.enter_sandbox()
    try:
        n_measured = fuzz(verdicts, chosen[:FUNCTIONS_OF_SHORT_FORM] if is_short else chosen, options, folder)
    finally:
        os.chdir("/")
        shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(f"# {line}" for line in table(verdicts, functions, n_measured, time.monotonic() - start)))
    for number, (kind, names) in enumerate(verdicts.faults.items(), 1):
        print(f"{'not ok' if names else 'ok'} {number} - /athr-invoke/fuzz/nothing-is-{kind.replace(' ', '-')}")
    sys.exit(any(verdicts.faults.values()))


if __name__ == "__main__":
    main()
