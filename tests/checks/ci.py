# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The files for continuous integration are valid YAML, and run build-aux/test.sh in modes that exist."""

import os
import re
import shlex
import subprocess
import unittest
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None

ROOT = Path(os.environ["SOURCE_ROOT"])
SCRIPT = "build-aux/test.sh"
# What each service must run: an image, and the arguments of test.sh
JOBS = {("debian:bookworm",), ("debian:trixie",), ("i386/debian:bookworm", "--", "--suite", "c"),
        ("debian:bookworm", "--asan"), ("debian:bookworm", "--tsan")}


def gitlab_jobs():
    config = yaml.safe_load((ROOT / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    for job in config.values():
        if isinstance(job, dict) and "script" in job:
            for command in job["script"]:
                yield job.get("image", config["default"]["image"]), command


def github_jobs():
    config = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    job = config["jobs"]["test"]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert len(commands) == 1 and commands[0].endswith(" ${{ matrix.image }} ${{ matrix.command }}"), commands
    for row in job["strategy"]["matrix"]["include"]:
        yield row["image"], row["command"]


def options_of_script():
    """Returns the options that `test.sh --help` explains."""
    text = subprocess.run([ROOT / SCRIPT, "--help"], text=True, check=True, capture_output=True).stdout
    return set(re.findall(r"^  (--[\w-]+)", text, re.M))


@unittest.skipIf(yaml is None, "PyYAML is not installed")
class CiTest(unittest.TestCase):
    def test_services_run_the_script(self):
        options = options_of_script()
        for jobs in (gitlab_jobs, github_jobs):
            found = set()
            for image, command in jobs():
                script, *arguments = shlex.split(command)
                with self.subTest(service=jobs.__name__, command=command):
                    self.assertEqual(script, SCRIPT)
                    own = arguments[:arguments.index("--")] if "--" in arguments else arguments
                    self.assertLessEqual({word for word in own if word.startswith("-")}, options)
                found.add((image, *arguments))
            with self.subTest(service=jobs.__name__):
                self.assertEqual(found, JOBS)
