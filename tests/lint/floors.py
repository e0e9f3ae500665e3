# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Who may include and call what. These tables are the architecture; a change here is a decision."""

import os
import re

from tree import walk_c

# Top to bottom: a file may include its own floor and those above it.
FLOORS = ["base", "edge", "model", "act", "cli"]

# The model is pure: of the edges it knows the parse tree, of the world these.
MODEL_EDGES = {"edge/sql_parser.h"}
MODEL_HEADERS = re.compile(r"<(glib\.h|sp/extension\.h|pg_query/pg_query\.pb-c\.h|xxhash\.h|string\.h|std(arg|bool|def|int|lib)\.h)>")

# header -> the files that alone may include it
ALONE_INCLUDE = [
    (re.compile(r"<dlfcn\.h>"), {"host/edge/module.c"}),
    (re.compile(r"<pg_query\.h>"), {"host/edge/sql_parser.c"}),
    (re.compile(r"<libpq-fe\.h>"), {"host/edge/session.c"}),
    (re.compile(r"<(elf|link|gelf|libelf)\.h>"), {"host/edge/elf_image.h"}),
    (re.compile(r"<systemd/.*>"), {"host/edge/service.c"}),
]

# words -> the files or folders that alone may use them, and what they do
ALONE_USE = [
    (re.compile(r"\b(dlopen|dlmopen|dlsym)\s*\("), ("host/edge/module.c",), "opens shared objects"),
    (
        re.compile(r"\b(stdout|STDOUT_FILENO|v?printf|puts|putchar|g_print)\b"),
        ("host/cli/", "host/main.c"),
        "writes to stdout",
    ),
    (
        re.compile(r"\b(stderr|perror|g_printerr|g_(message|warning|critical|info|error)(?=\s*\())\b"),
        ("host/base/log.c",),
        "writes to stderr",
    ),
]


def floor_of(path):
    return path.split("/")[1]


def check_floors(root):
    for file in walk_c(root, "host"):
        if os.path.dirname(file.path) == "host":
            continue
        floor = floor_of(file.path)
        if floor not in FLOORS:
            yield f"{file.path}:1: \"{floor}\" is no floor; the floors are {', '.join(FLOORS)}"
            continue
        for number, header in file.includes:
            if header.startswith("<"):
                continue
            other = header.strip('"').split("/")[0]
            if other not in FLOORS or "/" not in header:
                yield f'{file.path}:{number}: {header} does not have the form "floor/room.h"'
            elif FLOORS.index(other) > FLOORS.index(floor):
                yield f"{file.path}:{number}: {floor} may not include {header}: {other} stands below it"


def check_own_header_first(root):
    for file in walk_c(root, "host"):
        own = file.path.removeprefix("host/").removesuffix(".c") + ".h"
        if not file.path.endswith(".c") or not os.path.exists(os.path.join(root, "host", own)):
            continue
        if not file.includes or file.includes[0][1] != f'"{own}"':
            number = file.includes[0][0] if file.includes else 1
            yield f'{file.path}:{number}: the first include is not the file\'s own header, "{own}"'


def check_model_is_pure(root):
    for file in walk_c(root, "host/model"):
        for number, header in file.includes:
            if header.startswith("<") and not MODEL_HEADERS.fullmatch(header):
                yield f"{file.path}:{number}: the model may not include {header}"
            if header.startswith('"edge/') and header.strip('"') not in MODEL_EDGES:
                yield f"{file.path}:{number}: the model may not include {header}"
        for number, line in enumerate(file.code, 1):
            if re.search(r"\bg_(debug|log_\w+|file_\w+|getenv)\s*\(", line):
                yield f"{file.path}:{number}: the model neither logs nor reads the outside world"


def check_public_header(root):
    for file in walk_c(root, "include"):
        for number, header in file.includes:
            if header not in ("<stddef.h>", "<stdint.h>"):
                yield f"{file.path}:{number}: a public header may include stddef.h and stdint.h, not {header}"


def check_plugins(root):
    for file in walk_c(root, "plugins"):
        for number, header in file.includes:
            if header.startswith('"'):
                yield f"{file.path}:{number}: a plugin may know nothing of the host but <sp/extension.h>"


def check_alone(root):
    for file in walk_c(root, "host"):
        for number, header in file.includes:
            for pattern, files in ALONE_INCLUDE:
                if pattern.fullmatch(header) and file.path not in files:
                    yield f"{file.path}:{number}: only {' and '.join(sorted(files))} may include {header}"
        for number, line in enumerate(file.code, 1):
            for pattern, allowed, what in ALONE_USE:
                match = pattern.search(line)
                if match and not file.path.startswith(allowed):
                    yield f"{file.path}:{number}: {match.group()} {what}; only {' and '.join(allowed)} may"
