#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes the tables from the JSON of bench.py: as text, and in README.md and doc/performance.md."""

import argparse
import json
import math
import re
import statistics
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# The aims: in this row, the first way shall be at least so many times as fast as the second way.
FASTER = [
    ("call-1", "AthrCall", "GTask", 2.5),
    ("call-64", "AthrCall", "GTask", 3),
    ("call-10000", "AthrCall", "GTask", 1.5),
    ("run-task-64", "run_task", "GTask", 1.5),
    ("run-task-10000", "run_task", "GTask", 1),
    ("value-int", "batches of 1024", "idle each", 25),
    ("value-int", "batches of 1024", "queue, one idle", 5),
    ("value-int", "value signal", "idle each", 6),
    ("value-int", "next_async", "idle each", 1),
    ("value-string", "batches of 1024", "idle each", 10),
]
# The same against libdex 0, and against libdex 1, which is faster
FASTER_THAN_LIBDEX = [
    ("call-1", "AthrCall", "libdex fiber", 2.5, 2.5),
    ("call-64", "AthrCall", "libdex fiber", 1.5, 1.2),
    ("call-10000", "AthrCall", "libdex fiber", 1.5, 1.2),
    ("value-int", "batches of 1024", "DexChannel", 25, 20),
]
# In this row the worst turn of this way shall be at most so much.
AT_MOST = [
    ("wake-ups-values", "batches of 1024", 20),
    ("wake-ups-values", "value signal", 20),
    ("flood-gap", "value signal", 33),
    ("flood-gap", "batches of 64", 33),
]
AT_LEAST = [
    ("flood-frames", "value signal", 95),
    ("flood-frames", "batches of 64", 95),
]
# Instructions of a unit, on both sides together
INSTRUCTIONS = [
    ("call-64", "AthrCall", 8500),
    ("run-task-64", "run_task", 10000),
    ("value-int", "batches of 1024", 120),
]


# Figures

def median(row, way):
    return statistics.median(row["ways"][way])


def spread(turns):
    """The range of the middle half of the turns."""
    if len(turns) < 4:
        return min(turns), max(turns)
    quarters = statistics.quantiles(turns, n=4, method="inclusive")
    return quarters[0], quarters[2]


def number(value):
    """A number with about three digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rows_by_name(result):
    return {row["name"]: row for row in result["rows"]}


# The aims

# A way whose floor is another than the way `floor`
FLOORS = {"value signal": "floor by signal", "next_async": "floor by tasks"}


def aim_faster(row, way, against, times):
    got = median(row, against) / median(row, way)
    aim = {"row": row["name"], "against": against, "met": got >= times,
           "text": f"{row['title']}: {way} is {number(got)} times as fast as {against} (aim: {times:g})"}
    floor = FLOORS.get(way, "floor")
    if floor in row["ways"]:
        aim["floor"] = median(row, way) / median(row, floor)
        aim["text"] += f"; it takes {number(aim['floor'])} times as long as the floor"
    return aim


def aim_bound(row, way, got, bound, at_most):
    return {"row": row["name"], "met": got <= bound if at_most else got >= bound,
            "text": f"{row['title']}: {way} {number(got)} {row['unit']} (aim: "
                    f"{'at most' if at_most else 'at least'} {bound:,})"}


def aims(result):
    """Each aim, and whether this run met it. Aims whose rows or ways were not measured are left out."""
    rows = rows_by_name(result)
    new_libdex = not (result["machine"]["libdex"] or "0").startswith("0")
    faster = FASTER + [(row, way, against, new if new_libdex else old)
                       for row, way, against, old, new in FASTER_THAN_LIBDEX]
    all_aims = [aim_faster(rows[name], way, against, times) for name, way, against, times in faster
                if name in rows and against in rows[name]["ways"]]
    all_aims += [aim_bound(rows[name], way, max(rows[name]["ways"][way]), bound, True)
                 for name, way, bound in AT_MOST if name in rows]
    all_aims += [aim_bound(rows[name], way, min(rows[name]["ways"][way]), bound, False)
                 for name, way, bound in AT_LEAST if name in rows]
    for name, way, bound in INSTRUCTIONS:
        if name in result["instructions"]:
            row = rows[name] | {"unit": "instructions"}
            all_aims.append(aim_bound(row, way, result["instructions"][name][way], bound, True))
    for series in growing(result["growth"]):
        if series["grows"] is not None:
            all_aims.append({"row": "growth", "met": not series["too_fast"], "text": growth_sentence(series)})
    return all_aims


# How cost grows

# Memory that is further away takes longer to reach, so the same instructions take up to so many times as long.
CACHES = 2


def growing(points):
    """The series of the points: each knows how much it grows from 100 to the largest number, and whether that is
    more than a logarithm and the caches explain."""
    series = {}
    for point in points:
        one = series.setdefault((point["name"], point["unit"]), {**point, "n": [], "each": []})
        one["n"].append(point["n"])
        one["each"].append(statistics.median(point["turns"]))
    for one in series.values():
        one["grows"] = None
        if 100 in one["n"] and one["n"][-1] > 100:
            one["grows"] = one["each"][-1] / one["each"][one["n"].index(100)]
            logarithm = math.log(one["n"][-1]) / math.log(100)
            one["too_fast"] = one["grows"] > logarithm * (CACHES if one["unit"] == "us" else 1)
    return list(series.values())


def growth_sentence(series):
    what = "time" if series["unit"] == "us" else "memory"
    return (f"{series['name']}: from 100 to {series['n'][-1]:,} the {what} of {series['of']} becomes "
            f"{number(series['grows'])} times as much")


# Text

def cores(machine):
    return (f"{machine['processor']}, {machine['cores']} cores"
            f"{', in a virtual machine' if machine['is_virtual'] else ''}")


def versions(machine):
    libdex = f", libdex {machine['libdex']}" if machine["libdex"] else ""
    return (f"{machine['system']}, Linux {machine['kernel']}, GLib {machine['glib']}{libdex}, {machine['compiler']}, "
            f"Python {machine['python']}, {machine['gjs']}")


def machine_text(machine):
    revision = f"Revision {machine['revision']}, " if machine["revision"] else ""
    text = (f"{cores(machine)}\n{versions(machine)}\n"
            f"{revision}{machine['date']}, load before the run {machine['load']:.2f}")
    if machine["load"] > 0.5:
        text += "\nThe machine is busy with other work, so the times mean little."
    return text


def row_text(row):
    lines = [f"\n{row['title']}: {row['unit']}"]
    first = next(iter(row["ways"]))
    for way in row["ways"]:
        low, high = spread(row["ways"][way])
        line = f"  {way:26} {number(median(row, way)):>9}   {number(low):>7} .. {number(high):<9}"
        if way != first and median(row, first) > 0 and row["unit"] != "%":
            line += f" {median(row, way) / median(row, first):6.2f} x"
        lines.append(line)
    return "\n".join(lines)


def growth_text(points):
    lines = ["\nHow cost grows: the cost of one, with so many at once"]
    for series in growing(points):
        lines.append(f"  {series['name']}: {series['unit']} of {series['of']}")
        lines += [f"    {n:>9,} {number(each):>9}" for n, each in zip(series["n"], series["each"])]
    return "\n".join(lines)


def aims_text(all_aims):
    missed = sum(not aim["met"] for aim in all_aims)
    lines = [f"\nAims: {len(all_aims) - missed} met, {missed} missed"]
    return "\n".join(lines + [f"  {'met   ' if aim['met'] else 'MISSED'}  {aim['text']}" for aim in all_aims])


# The pages

def markdown_table(head, lines):
    return "\n".join([f"| {' | '.join(head)} |", "|---|" + "---:|" * (len(head) - 1),
                      *(f"| {' | '.join(line)} |" for line in lines)]) + "\n"


def figure(row, way):
    if way not in row["ways"]:
        return ""
    return f"{number(median(row, way))} {row['unit']}"


def times(row, way, against):
    """In words how many times as fast `way` is as `against`."""
    ratio = median(row, against) / median(row, way)
    return f"{ratio:.1f}" if ratio < 20 else f"{ratio:.0f}"


def page_machine(result):
    machine = result["machine"]
    return wrap(f"{cores(machine)}; {versions(machine)}; {machine['date']}.")


def wrap(text, width=110):
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".lstrip()
    return "\n".join([*lines, line]) + "\n"


def page_ways(result, names, ways, compared):
    """A table with a line for each row, a column for each way, and a column that compares two ways."""
    rows = rows_by_name(result)
    way, against = compared
    lines = [[rows[name]["title"], *(figure(rows[name], each) for each in ways), times(rows[name], way, against)]
             for name in names if name in rows]
    return markdown_table(["", *ways, f"{way}: times as fast as {against}"], lines)


def page_calls(result):
    return page_ways(result, ["call-1", "call-64", "call-10000", "call-work", "contexts-1", "contexts-2", "contexts-4",
                              "blocking", "first-call"],
                     ["AthrCall", "GTask", "GThreadPool, idle", "floor"], ("AthrCall", "GTask"))


def page_run_task(result):
    return page_ways(result, ["run-task-64", "run-task-10000"], ["run_task", "GTask", "floor"], ("run_task", "GTask"))


def page_values(result):
    rows = rows_by_name(result)
    names = ["value-int", "value-string", "value-object", "value-boxed"]
    ways = ["idle each", "queue, one idle", "next_async", "value signal", "batches of 64", "batches of 1024", "floor",
            "floor by signal", "floor by tasks"]
    lines = [[way, *(figure(rows[name], way) for name in names), times(rows["value-int"], way, "idle each")]
             for way in ways]
    return markdown_table(["", *(rows[name]["title"] for name in names), "an int: times as fast as an idle each"],
                          lines)


def page_pairs(result, prefix):
    """A line for each way of the rows whose names begin with the prefixes."""
    lines = []
    for row in result["rows"]:
        if row["name"].startswith(prefix):
            for way in row["ways"]:
                lines.append([row["title"], way, figure(row, way)])
                row = row | {"title": ""}
    return markdown_table(["", "way", "figure"], lines)


def page_libdex(result):
    rows = rows_by_name(result)
    lines = []
    for name, way, against, *_ in FASTER_THAN_LIBDEX:
        if name in rows and against in rows[name]["ways"]:
            row = rows[name]
            lines.append([row["title"], f"{way}: {figure(row, way)}", f"{against}: {figure(row, against)}",
                          times(row, way, against)])
    if not lines:
        return ""
    return (f"On {result['machine']['system']} with GLib {result['machine']['glib']} and libdex "
            f"{result['machine']['libdex']}:\n\n" +
            markdown_table(["", "athreading", "libdex", "times as fast"], lines))


def page_instructions(result):
    if not result["instructions"]:
        return ""
    rows = rows_by_name(result)
    lines = []
    for name, ways in result["instructions"].items():
        title = rows[name]["title"]
        for way, each in ways.items():
            lines.append([title, way, number(each)])
            title = ""
    return (wrap("Other load on the machine does not change how many instructions a call or a value takes. callgrind "
                 "counts them on both sides together, the worker's and the main loop's:") + "\n" +
            markdown_table(["", "way", "instructions"], lines))


def page_aims(result, with_libdex):
    all_aims = [aim for aim in result["aims"] if aim["row"] != "growth"]
    if with_libdex is not None:
        libdex_ways = {against for _, _, against, *_ in FASTER_THAN_LIBDEX}
        all_aims += [aim for aim in with_libdex["aims"] if aim.get("against") in libdex_ways]
    lines = [["met" if aim["met"] else "missed", aim["text"]] for aim in all_aims]
    return markdown_table(["", "aim"], lines).replace("|---|---:|", "|---|---|")


def page_growth(result):
    return "".join(f"- {growth_sentence(series)}{': worse than logarithmic' if series['too_fast'] else ''}.\n"
                   for series in growing(result["growth"]) if series["grows"] is not None)


# Rows of README.md: the name of the row, what it is, the way of athreading, and the way without it
README_ROWS = [
    ("call-1", "a call, alone", "AthrCall", "GTask"),
    ("call-64", "a call, 64 at once", "AthrCall", "GTask"),
    ("call-10000", "a call, 10,000 at once", "AthrCall", "GTask"),
    ("blocking", "60 calls that block for 100 ms, at once", "AthrCall", "GTask"),
    ("value-int", "a value, in batches of 1024", "batches of 1024", "idle each"),
    ("value-int", "a value, by a signal", "value signal", "idle each"),
    ("value-int", "a value, one by one", "next_async", "idle each"),
    ("value-string", "a string, in batches of 1024", "batches of 1024", "idle each"),
]


def readme_line(row, title, way, against):
    without = {"GTask": "`GTask`", "idle each": "`g_idle_add()`"}[against]
    return [title, figure(row, way), f"{without}: {figure(row, against)}", times(row, way, against)]


def readme(result):
    rows = rows_by_name(result)
    machine = result["machine"]
    frames = rows["flood-frames"]
    return (markdown_table(["", "athreading", "without", "times as fast"],
                           [readme_line(rows[name], *line) for name, *line in README_ROWS]) + "\n" +
            wrap(f"A flood of 400,000 values leaves the main loop {min(frames['ways']['value signal']):.0f} % of its "
                 f"frames with a stream, and {median(frames, 'idle each'):.0f} % with an idle source for each value. "
                 f"The machine: {cores(machine)}; {machine['system']}; GLib {machine['glib']}."))


def fill(path, sections):
    """Replaces what stands between the markers of each section."""
    text = path.read_text(encoding="utf-8")
    for name, content in sections.items():
        pattern = re.compile(rf"(<!-- {name}: from bench.sh -->\n).*?(<!-- {name}: end -->)", re.S)
        if not pattern.search(text):
            raise SystemExit(f"{path} has no section {name}")
        text = pattern.sub(lambda match, content=content: f"{match[1]}\n{content}\n{match[2]}", text)
    path.write_text(text, encoding="utf-8")


def write_docs(result, with_libdex, top=ROOT):
    fill(top / "README.md", {"speed": readme(result)})
    sections = {
        "machine": page_machine(result),
        "calls": page_calls(result),
        "run-task": page_run_task(result),
        "values": page_values(result),
        "streams": page_pairs(result, ("streams-", "workers", "exchange", "list-model", "map")),
        "costs": page_pairs(result, ("cancel", "wake-ups", "memory", "flood")),
        "languages": page_pairs(result, ("python", "gjs")),
        "aims": page_aims(result, with_libdex),
        "growth": page_growth(result),
        "instructions": page_instructions(result),
    }
    if with_libdex is not None:
        sections["libdex"] = page_libdex(with_libdex)
    fill(top / "doc" / "performance.md", sections)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("json", type=Path, help="what bench.py has written")
    parser.add_argument("--libdex", type=Path, help="the same, from a system that has libdex")
    parser.add_argument("--write-docs", action="store_true", help="writes the tables into README.md and doc/")
    arguments = parser.parse_args()

    result = json.loads(arguments.json.read_text(encoding="utf-8"))
    with_libdex = json.loads(arguments.libdex.read_text(encoding="utf-8")) if arguments.libdex else None
    if not arguments.write_docs:
        print(machine_text(result["machine"]), *map(row_text, result["rows"]), growth_text(result["growth"]),
              aims_text(result["aims"]), sep="\n")
        return
    for path, one in (arguments.json, result), (arguments.libdex, with_libdex):
        if one is not None and not one["is_whole"]:
            raise SystemExit(f"{path} is from a run with --quick or --row, and not for the pages")
    write_docs(result, with_libdex)
    # matplotlib is only here.
    import picture
    picture.draw(growing(result["growth"]), ROOT / "doc" / "performance-growth.png")


if __name__ == "__main__":
    main()
