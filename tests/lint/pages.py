# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Whether the pages say what the code does."""

import os
import re
import sys

from tree import File, walk

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import abi_page  # pylint: disable=wrong-import-position

README_LINES = 150
ERRORS_PAGE = "docs/errors.md"
SAMPLE = "plugins/notes/notes.c"


def read_exit_statuses(root):
    """SP_EXIT_USAGE -> 64"""
    header = File(root, "host/base/error.h").text
    return {name: int(value) for name, value in re.findall(r"\b(SP_EXIT_\w+) = (\d+)", header)}


def read_codes(root):
    """nick -> exit status, of the table in error.c"""
    statuses = read_exit_statuses(root)
    table = re.findall(r'\[SP_ERROR_\w+\] = \{"([a-z-]+)", (SP_EXIT_\w+)\}', File(root, "host/base/error.c").text)
    return {nick: statuses[name] for nick, name in table}


def check_errors_page(root):
    codes = read_codes(root)
    page = File(root, ERRORS_PAGE)
    seen = set()
    for number, line in enumerate(page.lines, 1):
        row = re.match(r"\| `([a-z-]+)` \| (\d+|-) \|", line)
        if not row:
            continue
        nick, status = row.groups()
        seen.add(nick)
        if nick not in codes:
            yield f"{page.path}:{number}: there is no code `{nick}`"
        elif status not in ("-", str(codes[nick])):
            yield f"{page.path}:{number}: `{nick}` ends the host with {codes[nick]}, not {status}"
    for nick in sorted(codes.keys() - seen):
        yield f"{page.path}:1: the code `{nick}` is not explained"
    if not codes:
        yield "host/base/error.c:1: no table of codes found"


def check_exit_statuses(root):
    for path in ("README.md", "docs/operations.md"):
        page = File(root, path)
        rows = {int(value) for value in re.findall(r"^\| (\d+) \|", page.text, re.MULTILINE)}
        for value in sorted(set(read_exit_statuses(root).values()) ^ rows):
            yield f"{path}:1: the exit status {value} stands either only here or only in host/base/error.h"


def check_readme(root):
    readme = File(root, "README.md")
    if len(readme.lines) > README_LINES:
        yield f"README.md:{README_LINES}: {len(readme.lines)} lines; at most {README_LINES}"
    sample = re.sub(r"\A/\*.*?\*/\s*", "", File(root, SAMPLE).text, flags=re.DOTALL)
    blocks = re.findall(r"^```c\n(.*?)^```$", readme.text, re.MULTILINE | re.DOTALL)
    if sample not in blocks:
        yield f"README.md:1: no block of C is what stands in {SAMPLE}"


def check_abi_page(root):
    path = "docs/abi.md"
    page = File(root, path).lines if os.path.exists(os.path.join(root, path)) else []
    made = abi_page.make_page(File(root, abi_page.HEADER).text).splitlines()
    for number, (line, other) in enumerate(zip(page + [None], made + [None]), 1):
        if line != other:
            yield f"{path}:{number}: not what the header says; run: tools/abi_page.py >{path}"
            return


def check_commands(root):
    readme = File(root, "README.md").text
    commands = re.findall(r'^\s*\{\s*(?:\.name = )?"([a-z-]+)",', File(root, "host/cli/command.c").text, re.MULTILINE)
    if not commands:
        yield "host/cli/command.c:1: no table of commands found"
    for name in commands:
        if not re.search(rf"`{name}[ `]", readme):
            yield f"README.md:1: the command `{name}` is not named"
    for name in re.findall(r"^\| `([a-z]+)[^|]*` \|", readme, re.MULTILINE):
        if name not in commands:
            yield f"README.md:1: there is no command `{name}`"


def check_paths(root):
    """Links and paths of the project in the pages lead somewhere."""
    own = re.compile(r"`((?:host|plugins|include|tests|tools|docs)/[\w./-]*)`")
    link = re.compile(r"\]\(([^)#:]+)\)")
    for page in walk(root):
        if not page.path.endswith(".md"):
            continue
        for number, line in enumerate(page.lines, 1):
            targets = [(path, "") for path in own.findall(line)]
            targets += [(path, os.path.dirname(page.path)) for path in link.findall(line)]
            for path, base in targets:
                if not os.path.exists(os.path.join(root, base, path)):
                    yield f"{page.path}:{number}: there is no {path}"
