# SPDX-FileCopyrightText: 2026 The athreading authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Usage: targets.py SEEDS PROGRAM [CORPUS]. Runs a fuzz target, and prints TAP.

Without CORPUS the program runs once for each input in the file SEEDS, and once for no bytes. With the folder CORPUS,
libFuzzer is in the program: it begins with these inputs and with those of earlier runs in CORPUS, and looks for others
for ATHR_FUZZ_SECONDS, by default 60. An input that fails is printed and left in the folder CORPUS-failures. Such an input
becomes a line in SEEDS."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path


def read_seeds(text):
    """Returns the inputs of a file: each line is the text of a bytes literal of Python."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [b""] + [line.encode().decode("unicode_escape").encode("latin-1") for line in lines]


def main():
    seeds, program, *corpus = sys.argv[1:]
    name = Path(seeds).stem
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, data in enumerate(read_seeds(Path(seeds).read_text(encoding="utf-8"))):
            files.append(Path(folder, f"{number:03}"))
            files[-1].write_bytes(data)
        command = [program, *files]
        if corpus:
            failures = f"{corpus[0]}-failures/"
            for path in (corpus[0], failures):
                Path(path).mkdir(parents=True, exist_ok=True)
            command = [program, f"-max_total_time={os.environ.get('ATHR_FUZZ_SECONDS', '60')}", "-timeout=60",
                       "-rss_limit_mb=4096", "-max_len=4096", "-print_final_stats=1", f"-artifact_prefix={failures}",
                       corpus[0], folder]
        print("1..1", flush=True)
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                env={**os.environ, "G_DEBUG": ""})
        output = result.stdout.decode(errors="replace").splitlines()
        for line in output[-200:] if result.returncode else output[-8:]:
            print(f"# {line}")
        print(f"{'ok' if result.returncode == 0 else 'not ok'} 1 - /athr/fuzz/{name}")
    return 1 if result.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
