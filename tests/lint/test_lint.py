#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Each check finds what it is there for: a check that has gone blind passes for ever."""

import os
import re
import tempfile
import unittest

import lint

LICENCE = "/* SPDX-FileCopyrightText: x\n * SPDX-License-Identifier: MIT */\n"
ERROR_H = "typedef enum { SP_EXIT_OK = 0, SP_EXIT_REFUSED = 65 } SpExitStatus;\n"
ERROR_C = '    [SP_ERROR_ELF] = {"not-elf", SP_EXIT_REFUSED},\n'

# check, path of a file, its content, what has to be found; None: nothing
CASES = [
    ("floors", "host/model/a.c", '#include "act/b.h"\n', "host/model/a.c:1: model may not include"),
    ("floors", "host/act/a.c", '#include "model/b.h"\n', None),
    ("floors", "host/act/a.c", '#include "b.h"\n', "does not have the form"),
    ("floors", "host/other/a.c", "", "is no floor"),
    ("pure-model", "host/model/a.c", "#include <stdio.h>\n", "host/model/a.c:1:"),
    ("pure-model", "host/model/a.c", '#include "edge/session.h"\n', "host/model/a.c:1:"),
    ("pure-model", "host/model/a.c", 'x = g_getenv("A");\n', "host/model/a.c:1:"),
    ("pure-model", "host/model/a.c", '#include "edge/sql_parser.h"\n#include <glib.h>\n', None),
    ("public-header", "include/sp/a.h", "#include <glib.h>\n", "include/sp/a.h:1:"),
    ("plugins", "plugins/a/a.c", '#include "model/plan.h"\n', "plugins/a/a.c:1:"),
    ("alone", "host/edge/scan.c", "\n#include <dlfcn.h>\n", "host/edge/scan.c:2: only host/edge/module.c"),
    ("alone", "host/act/a.c", "#include <libpq-fe.h>\n", "only host/edge/connection.c and"),
    ("alone", "host/act/a.c", '    printf("x");\n', "writes to stdout"),
    ("alone", "host/act/a.c", "    fputs(a, stderr);\n", "writes to stderr"),
    ("alone", "host/act/a.c", '    g_warning("x");\n', "writes to stderr"),
    ("alone", "host/act/a.c", '/* printf() */ char *a = "stdout"; g_error_free(e);\n', None),
    ("alone", "host/cli/a.c", '    printf("x");\n', None),
    ("top-level", "Makefile", "", "may not stand at the top"),
    ("top-level", ".ci/run", "", None),
    ("licence", "host/a.c", "int a;\n", "host/a.c:1:"),
    ("licence", "tools/a", "#!/bin/sh\n", "tools/a:1:"),
    ("licence", "host/a.c", LICENCE, None),
    ("left-open", "docs/a.md", "\nTO" + "DO later\n", "docs/a.md:2:"),
    ("c", "host/a.c", "    goto out;\n", "host/a.c:1: goto"),
    ("c", "host/a.c", "int a; // b\n", "host/a.c:1: a // comment"),
    ("c", "host/a.c", 'char *a = "https://goto.example"; /* // */\n', None),
    ("c", "host/a.h", "int a;\n", "neither #pragma once"),
    ("file-sizes", "host/a.c", "\n" * 501, "501 lines"),
    ("file-sizes", "host/a.c", "\n" * 500, None),
    ("function-sizes", "host/a.c", "int\nf(void)\n{\n" + "    g();\n" * 60 + "}\n", "f() has"),
    ("function-sizes", "host/a.c", "int\nf(void)\n{\n" + "    g();\n" * 50 + "}\n", None),
    ("format", "host/a.c", "int  a ;\n", "host/a.c:1:"),
    ("scripts", "tools/a", "#!/bin/sh\necho $1\n", "tools/a:2:"),
    ("paths", "docs/a.md", "[b](b.md)\n", "docs/a.md:1: there is no b.md"),
    ("paths", "docs/a.md", "`host/none.c`\n", "there is no host/none.c"),
    ("errors-page", "docs/errors.md", "| `not-elf` | 65 | a | b |\n", None),
    ("errors-page", "docs/errors.md", "", "`not-elf` is not explained"),
    ("errors-page", "docs/errors.md", "| `not-elf` | 64 | a | b |\n", "with 65, not 64"),
    ("errors-page", "docs/errors.md", "| `not-elf` | 65 |\n| `other` | 65 |\n", "no code `other`"),
    ("exit-statuses", "README.md", "| 0 | a |\n| 65 | b |\n", None),
    ("exit-statuses", "README.md", "| 0 | a |\n", "exit status 65"),
    ("readme", "README.md", "```c\nint a;\n```\n", None),
    ("readme", "README.md", "```c\nint b;\n```\n", "no block of C"),
    ("readme", "README.md", "```c\nint a;\n```\n" + "\n" * 200, "at most 150"),
    ("commands", "README.md", "| `list` | a |\n", None),
    ("commands", "README.md", "| `plan` | a |\n", "`list` is not named"),
    ("commands", "README.md", "| `list` | a |\n| `plan` | a |\n", "no command `plan`"),
]

# What the checks of pages compare with; a case may replace one.
BASE = {
    "host/base/error.h": ERROR_H,
    "host/base/error.c": ERROR_C,
    "host/cli/command.c": '    {"list", "", 0, 0, "help", sp_command_list},\n',
    "plugins/notes/notes.c": LICENCE + "int a;\n",
    "README.md": "",
    "docs/operations.md": "| 0 | a |\n| 65 | b |\n",
}
PAGE_CHECKS = {"errors-page", "exit-statuses", "readme", "commands"}


def write(root, path, content):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


class LintTest(unittest.TestCase):
    def find(self, check, path, content):
        with tempfile.TemporaryDirectory() as root:
            for name, text in (BASE if check in PAGE_CHECKS else {}).items():
                write(root, name, text)
            write(root, path, content)
            return list(lint.CHECKS[check](root))

    def test_every_check_is_registered_and_has_a_case(self):
        with open(os.path.join(os.path.dirname(__file__), "meson.build"), encoding="utf-8") as file:
            names = re.search(r"lint_checks = \[(.*?)\]", file.read(), re.DOTALL).group(1)
        registered = set(re.findall(r"'([a-z-]+)'", names))
        self.assertEqual(set(lint.CHECKS), registered)
        self.assertEqual(set(lint.CHECKS) - {case[0] for case in CASES}, {"own-header-first"})

    def test_own_header_first(self):
        with tempfile.TemporaryDirectory() as root:
            write(root, "host/edge/a.h", "")
            write(root, "host/edge/a.c", '#include <glib.h>\n#include "edge/a.h"\n')
            findings = list(lint.CHECKS["own-header-first"](root))
        self.assertEqual(len(findings), 1)


def add_case(number, check, path, content, expected):
    def test(self):
        findings = self.find(check, path, content)
        if expected is None:
            self.assertEqual(findings, [])
        else:
            self.assertTrue(any(expected in finding for finding in findings), findings)

    setattr(LintTest, f"test_{number:02}_{check}_{'passes' if expected is None else 'finds'}", test)


for row, fields in enumerate(CASES):
    add_case(row, *fields)

if __name__ == "__main__":
    unittest.main()
