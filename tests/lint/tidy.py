#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: tidy.py SOURCE BUILD: runs clang-tidy over every C file of host/, one test case a file."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from tree import walk


def run(build, file):
    command = ["clang-tidy", "--quiet", "-p", build, file.full_path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def main():
    source, build = sys.argv[1:]
    files = [file for file in walk(source, "host") if file.path.endswith(".c")]
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda file: run(build, file), files)
        for number, (file, result) in enumerate(zip(files, results), 1):
            bad = result.returncode != 0
            failed += bad
            print(f"{'not ok' if bad else 'ok'} {number} - {file.path}")
            if bad:
                print("".join(f"# {line}\n" for line in result.stdout.splitlines()), end="")
    print(f"1..{len(files)}")
    return 1 if failed or not files else 0


if __name__ == "__main__":
    sys.exit(main())
