#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: tap.py FILE [PATTERN...]. Runs the unittest cases of a file and prints TAP. With patterns, it runs
only the cases whose names contain one of them."""

import importlib.util
import sys
import traceback
import unittest
from pathlib import Path


class TapResult(unittest.TestResult):
    path = ""  # the prefix of the test names, from the PATH of the file

    def startTest(self, test):
        super().startTest(test)
        self.point = "ok"
        self.note = ""

    def stopTest(self, test):
        super().stopTest(test)
        name = test.id().rpartition(".")[2].removeprefix("test_").replace("_", "-")
        print(f"{self.point} {self.testsRun} - {self.path}{name}{self.note}", flush=True)

    def fail(self, test, error):
        text = "".join(traceback.format_exception(*error))
        print("\n".join(f"# {line}" for line in text.splitlines()), flush=True)
        if isinstance(test, unittest.TestCase):
            self.point = "not ok"
        else:
            print(f"Bail out! {test}")

    def addError(self, test, error):
        super().addError(test, error)
        self.fail(test, error)

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.fail(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            print(f"# {subtest}")
            self.fail(test, error)

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)
        self.point = "not ok"
        self.note = " # TODO the test is known to fail"

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note = " # TODO the test was known to fail, but passed"

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note = f" # SKIP {reason}"


def main():
    path = Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)

    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{pattern}*" for pattern in sys.argv[2:]] or None
    suite = loader.loadTestsFromModule(module)
    print(f"1..{suite.countTestCases()}", flush=True)
    result = TapResult()
    if hasattr(module, "PATH"):
        result.path = module.PATH + "/"
    suite.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
