# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""What every file must and must not contain, and how long it may be."""

import re
import shutil
import subprocess

from tree import walk, walk_c

MAX_FILE = 500
MAX_FUNCTION = 60
OWN_NAMES = {"host", "plugins", "include", "tests", "tools", "docs", "meson.build", "README.md", "LICENSE"}


def check_top_level(root):
    for file in walk(root):
        name = file.path.split("/")[0]
        if not name.startswith(".") and name not in OWN_NAMES:
            yield f"{file.path}:1: \"{name}\" may not stand at the top; these may: {' '.join(sorted(OWN_NAMES))}"


def has_licence(file):
    head = file.lines[:4]
    return any("SPDX-FileCopyrightText:" in line for line in head) and any(
        "SPDX-License-Identifier: MIT" in line for line in head
    )


def is_script(file):
    # A template becomes somebody else's script.
    return bool(file.lines) and not file.path.endswith(".in") and (file.lines[0].startswith("#!") or "shellcheck shell=" in file.lines[0])


def check_licence(root):
    for file in walk(root):
        if (file.path.endswith((".c", ".h", ".py", ".cpp")) or is_script(file)) and not has_licence(file):
            yield f"{file.path}:1: the two SPDX lines are missing"


def check_forbidden_words(root):
    # Put together, so that this very line is no finding.
    left_open = re.compile(r"\b(" + "TO" + "DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    for file in walk(root):
        if file.path == "LICENSE":
            continue
        for number, line in enumerate(file.lines, 1):
            if left_open.search(line):
                yield f"{file.path}:{number}: something is left open: {line.strip()[:60]}"


def check_c(root):
    for file in walk_c(root):
        for number, line in enumerate(file.code, 1):
            if re.search(r"\bgoto\b", line):
                yield f"{file.path}:{number}: goto"
        for number in file.line_comments:
            yield f"{file.path}:{number}: a // comment; use /* */"
        guarded = re.search(r"^#pragma once$|^#ifndef \w+_H\n#define \w+_H$", file.text, re.MULTILINE)
        if file.path.endswith(".h") and not guarded:
            yield f"{file.path}:1: neither #pragma once nor an include guard"


def check_file_sizes(root):
    for file in walk(root):
        if file.path.endswith((".c", ".h", ".cpp", ".py")) or is_script(file):
            if len(file.lines) > MAX_FILE:
                yield f"{file.path}:{MAX_FILE}: {len(file.lines)} lines; at most {MAX_FILE}"


def check_function_sizes(root):
    files = [file.full_path for file in walk_c(root)]
    command = ["ctags", "--language-force=C", "--kinds-C=f", "--fields=+ne", "-f", "-", *files]
    tags = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for tag in tags.splitlines():
        name, path, rest = tag.split("\t", 2)
        start, end = re.search(r"\bline:(\d+)", rest), re.search(r"\bend:(\d+)", rest)
        if not start or not end:
            continue
        length = int(end.group(1)) - int(start.group(1)) + 1
        if length > MAX_FUNCTION:
            relative = path.removeprefix(root).lstrip("/")
            yield f"{relative}:{start.group(1)}: {name}() has {length} lines; at most {MAX_FUNCTION}"


def run_tool(root, command):
    """The lines that a tool complains in; its absence is a complaint too."""
    if not shutil.which(command[0]):
        yield f"{command[0]}: not installed; run tools/setup"
        return
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield from (result.stdout + result.stderr).splitlines()


def check_format(root):
    """One finding a file, at its first place."""
    files = [file.path for file in walk_c(root)]
    seen = set()
    for line in run_tool(root, ["clang-format", "--dry-run", "--Werror", *files]):
        path = line.split(":")[0]
        if path not in seen and ("clang-format-violations" in line or "not installed" in line):
            seen.add(path)
            yield line.replace("code should be clang-formatted", "run clang-format -i on this file")


def check_scripts(root):
    scripts = [file.path for file in walk(root) if is_script(file) and "python" not in file.lines[0]]
    if scripts:
        yield from run_tool(root, ["shellcheck", "--format=gcc", "-x", "-P", "SCRIPTDIR", *scripts])
