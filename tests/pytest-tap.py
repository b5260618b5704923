#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: pytest-tap.py FILE [OPTION...]. Runs the tests of a file with pytest and prints TAP."""

import sys
from pathlib import Path

import pytest


class Tap:
    def __init__(self):
        self.n_points = 0
        self.outcomes = {}
        self.paths = {}

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config):
        config.pluginmanager.unregister(config.pluginmanager.getplugin("terminalreporter"))

    def bail_out(self, report):
        print(f"{report.longrepr}\nBail out! {report.nodeid}", flush=True)

    def pytest_itemcollected(self, item):
        path = getattr(item.module, "PATH", None)  # the prefix of the test names
        self.paths[item.nodeid] = f"{path}/" if path else ""

    def pytest_collectreport(self, report):
        if report.failed:
            self.bail_out(report)

    def pytest_collection_finish(self, session):
        print(f"1..{len(session.items)}", flush=True)

    def pytest_runtest_logreport(self, report):
        point, note, log = self.outcomes.get(report.nodeid, ("ok", "", ""))
        if report.failed:
            point, log = "not ok", log + str(report.longrepr) + "".join(text for _, text in report.sections)
        elif report.skipped:
            note = " # SKIP " + (report.longrepr[2] if isinstance(report.longrepr, tuple) else "")
        self.outcomes[report.nodeid] = point, note, log
        if report.when == "teardown":
            self.n_points += 1
            name = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", "-")
            for line in log.splitlines():
                print(f"# {line}")
            print(f"{point} {self.n_points} - {self.paths[report.nodeid]}{name}{note}", flush=True)


def main():
    path = Path(sys.argv[1])
    options = ["--import-mode=importlib", "-p", "no:cacheprovider"]
    return int(pytest.main([*options, *sys.argv[2:], str(path)], plugins=[Tap()]))


if __name__ == "__main__":
    sys.exit(main())
