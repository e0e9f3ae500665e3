#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: test_service.py SERVICE ERROR_H: the service as configured, read by systemd's own tools."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

MAX_EXPOSURE = 15  # tenths: 1.5

# What a restart cannot cure: somebody has to change something first.
LASTING = {"USAGE", "REFUSED", "DEFECT", "PERMISSION", "CONFIGURATION"}
# What the next try may find gone; 2 comes only with --exit-code, which the service does not use.
PASSING = {"DATABASE", "CHANGES", "UNAVAILABLE", "TRY_AGAIN"}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def analyze(verb, service, *options):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sp-host-install.service")
        with open(path, "w", encoding="utf-8") as file:
            file.write(service)
        command = ["systemd-analyze", verb, "--no-pager", *options, path]
        return subprocess.run(command, capture_output=True, text=True, check=False)


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.service = read(sys.argv[1])

    def values(self, key):
        return re.findall(rf"^{key}=(.*)$", self.service, re.MULTILINE)

    def test_everything_is_configured(self):
        self.assertEqual(re.findall(r"@\w+@", self.service), [])

    def test_systemd_accepts_it(self):
        installed = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", self.service, flags=re.MULTILINE)
        result = analyze("verify", installed, "--man=no")
        self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""))

    def test_its_exposure_is_low(self):
        result = analyze("security", self.service, "--offline=yes", f"--threshold={MAX_EXPOSURE}")
        self.assertEqual(result.returncode, 0, result.stdout[-400:] + result.stderr)

    def test_only_what_a_restart_may_cure_restarts(self):
        statuses = dict(re.findall(r"\bSP_EXIT_(\w+) = (\d+)", read(sys.argv[2])))
        self.assertEqual(set(statuses) - {"OK"}, LASTING | PASSING)
        prevented = set(self.values("RestartPreventExitStatus")[0].split())
        self.assertEqual(prevented, {statuses[name] for name in LASTING})

    def test_the_host_can_report_progress_and_reads_its_credential(self):
        self.assertEqual(self.values("NotifyAccess"), ["main"])
        self.assertEqual(self.values("LoadCredential"), ["database:/etc/sp-host/database"])

    def test_verdicts_are_kept_from_one_start_to_the_next_and_are_nobody_elses(self):
        self.assertEqual(self.values("CacheDirectory"), ["sp-host"])
        self.assertEqual(self.values("CacheDirectoryMode"), ["0700"])

    def test_only_named_paths_may_be_mapped_as_code(self):
        program = self.values("ExecStart")[0].split()[0]
        self.assertEqual(self.values("NoExecPaths"), ["/"])
        self.assertIn(program, self.values("ExecPaths")[0].split())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
