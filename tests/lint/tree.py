# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The files that the checks look at."""

import os
import re
from functools import cached_property

TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.DOTALL | re.VERBOSE
)


def blank(match):
    """Spaces for a token, so that lines and columns stay what they are. What an #include names stays."""
    return re.sub(r"[^\n]", " ", match.group())


class File:
    def __init__(self, root, path):
        self.path = path  # relative, for messages
        self.full_path = os.path.join(root, path)

    @cached_property
    def text(self):
        with open(self.full_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    @cached_property
    def lines(self):
        return self.text.splitlines()

    @cached_property
    def code(self):
        """The lines of a C file without comments and texts."""
        return TOKEN.sub(blank, self.text).splitlines()

    @cached_property
    def line_comments(self):
        """The line numbers of // comments."""
        return [
            self.text.count("\n", 0, match.start()) + 1
            for match in TOKEN.finditer(self.text)
            if match.group().startswith("//")
        ]

    @cached_property
    def includes(self):
        """(line number, '<x.h>' or '"x.h"')."""
        pattern = re.compile(r'^\s*#\s*include\s+([<"][^>"]+[>"])')
        found = ((number, pattern.match(line)) for number, line in enumerate(self.lines, 1))
        return [(number, match.group(1)) for number, match in found if match]


def is_generated(folder):
    """Whether a top-level folder is none of the project's."""
    return folder == ".git" or folder.startswith("build") or folder == "__pycache__"


def walk(root, *folders):
    """Every file under the folders (all of the project without one), in byte order."""
    for folder in folders or [""]:
        for here, names, files in os.walk(os.path.join(root, folder)):
            relative = os.path.relpath(here, root)
            if relative == ".":
                relative = ""
            names[:] = sorted(name for name in names if relative or not is_generated(name))
            names[:] = [name for name in names if name != "__pycache__"]
            for name in sorted(files):
                yield File(root, os.path.join(relative, name))


def walk_c(root, *folders):
    return (file for file in walk(root, *folders) if file.path.endswith((".c", ".h")))
