#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: test_count.py COUNT_TESTS: the last line of tools/test counts test cases, and a lost program is no success."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

GOOD = {"name": "sp-host:unit / a", "result": "OK", "returncode": 0, "stdout": ""}
BAD = {**GOOD, "result": "FAIL", "returncode": 1}


def criterion(tested, passing):
    failing = tested - passing
    return f"[====] Synthesis: Tested: {tested} | Passing: {passing} | Failing: {failing} | Crashing: 0 \n"


class CountTest(unittest.TestCase):
    def count(self, *tests, left=""):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log.json")
            with open(log, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(test) + "\n" for test in tests)
            result = subprocess.run(
                [sys.executable, COUNT_TESTS, log],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "SP_LEFT_BEHIND": left},
            )
        return result.stdout.splitlines()[-1], result.returncode

    def test_a_program_without_a_count_is_one(self):
        self.assertEqual(self.count(GOOD, BAD), ("1 passed, 1 failed", 1))

    def test_criterion_on_either_stream(self):
        self.assertEqual(
            self.count({**GOOD, "stdout": criterion(12, 12)}, {**GOOD, "stderr": criterion(3, 3)}),
            ("15 passed, 0 failed", 0),
        )

    def test_criterion_that_failed(self):
        self.assertEqual(self.count({**BAD, "stderr": criterion(12, 10)}), ("10 passed, 2 failed", 1))

    def test_a_program_that_failed_although_its_tests_passed(self):
        self.assertEqual(self.count({**BAD, "stderr": criterion(12, 12)}), ("12 passed, 1 failed", 1))

    def test_a_timeout(self):
        self.assertEqual(self.count({**GOOD, "result": "TIMEOUT"}), ("0 passed, 1 failed", 1))

    def test_tap(self):
        output = "ok 1 - a\nnot ok 2 - b\n# why\nok 3 - c # SKIP no server\n1..3\n"
        self.assertEqual(self.count({**BAD, "stdout": output}), ("1 passed, 1 failed", 1))

    def test_unittest(self):
        good = {**GOOD, "stderr": "....\nRan 4 tests in 0.1s\n\nOK\n"}
        bad = {**BAD, "stderr": "Ran 4 tests in 0.1s\n\nFAILED (failures=1, errors=2)\n"}
        self.assertEqual(self.count(good, bad), ("5 passed, 3 failed", 1))

    def test_a_skipped_program_is_neither(self):
        self.assertEqual(self.count(GOOD, {**GOOD, "result": "SKIP"}), ("1 passed, 0 failed", 0))

    def test_nothing_is_no_success(self):
        self.assertEqual(self.count(), ("0 passed, 0 failed", 1))

    def test_processes_left_behind_are_a_failure(self):
        self.assertEqual(self.count(GOOD, left="1 postgres"), ("1 passed, 1 failed", 1))


if __name__ == "__main__":
    COUNT_TESTS = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
