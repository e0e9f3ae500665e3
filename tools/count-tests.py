#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Prints what failed and how many test cases passed, from the JSON log of "meson test".

A criterion program and one of unittest say how many cases they had, a TAP program prints a line for each; any other
program is one case.
"""

import json
import os
import re
import sys
from collections import Counter

SYNTHESIS = re.compile(r"Synthesis: Tested: (\d+) \| Passing: (\d+)")
UNITTEST = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)
UNITTEST_BAD = re.compile(r"\b(?:failures|errors)=(\d+)")
TAP = re.compile(r"^(not ok|ok)\b(?!.*# SKIP)", re.MULTILINE)
LOG_LINES = 80


def count(test):
    """Returns (passed, failed)."""
    output = test.get("stdout", "") + test.get("stderr", "")
    good = test["result"] in ("OK", "EXPECTEDFAIL")
    synthesis = SYNTHESIS.findall(output)
    ran = UNITTEST.findall(output)
    if synthesis:
        passed = sum(int(row[1]) for row in synthesis)
        failed = sum(int(row[0]) for row in synthesis) - passed
    elif ran:
        failed = 0 if good else sum(map(int, UNITTEST_BAD.findall(output)))
        passed = int(ran[-1]) - failed
    else:
        verdicts = TAP.findall(output)
        passed = verdicts.count("ok")
        failed = verdicts.count("not ok")
    if not good and failed == 0:
        failed = 1
    if good and passed + failed == 0 and not synthesis:
        passed = 1
    return passed, failed


def print_log(test):
    print(f"\n--- {test['name']}: {test['result']}, exit status {test.get('returncode')}")
    for stream in ("stdout", "stderr"):
        lines = test.get(stream, "").strip().splitlines()
        if len(lines) > LOG_LINES:
            print(f"[{len(lines) - LOG_LINES} lines left out]")
        print("\n".join(lines[-LOG_LINES:]), end="\n" if lines else "")


def read(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log]


def main():
    tests = read(sys.argv[1])
    passed, failed = Counter(), Counter()
    for test in tests:
        suite = test["name"].split(" / ")[0].partition(":")[2] or "other"
        if test["result"] == "SKIP":
            print(f"skipped: {test['name']}")
            continue
        good, bad = count(test)
        passed[suite] += good
        failed[suite] += bad
        if bad:
            print_log(test)
    left = os.environ.get("SP_LEFT_BEHIND")
    if left:
        failed["other"] += 1
        print(f"\n--- the tests left processes behind:\n{left}")
    print()
    for suite in sorted(passed | failed):
        tail = f", {failed[suite]} failed" if failed[suite] else ""
        print(f"{suite + ':':14}{passed[suite]} passed{tail}")
    all_passed, all_failed = sum(passed.values()), sum(failed.values())
    print(f"{all_passed} passed, {all_failed} failed")
    return 1 if all_failed or not all_passed else 0


if __name__ == "__main__":
    sys.exit(main())
