#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Makes C constants of a SQL file that creates a function: sql_text.py IN.sql OUT.c HEADER NAME.

A line "-- @define NAME(a, b) = text" defines a macro; other comment lines are left out. NAME_definition
is the whole statement, NAME_digest the SHA-256, in hex, of what stands between its two $sp_host$.
"""

import hashlib
import re
import sys

DEFINE = re.compile(r"-- @define (\w+)\(([^)]*)\) = (.*)")
BODY = re.compile(r"\$sp_host\$(.*)\$sp_host\$", re.DOTALL)


def arguments_at(text, start):
    """The arguments of a call whose parenthesis opens before start, and where it ends."""
    parts, depth, begin = [], 0, start
    for index in range(start, len(text)):
        char = text[index]
        if depth == 0 and char in ",)":
            parts.append(text[begin:index].strip())
            begin = index + 1
            if char == ")":
                return parts, begin
        depth += (char in "([") - (char in ")]")
    raise SystemExit("a macro is not closed: " + text[start : start + 60])


def expand(text, macros):
    call = re.compile(r"\b(%s)\(" % "|".join(macros))
    while match := call.search(text):
        values, end = arguments_at(text, match.end())
        names, body = macros[match[1]]
        given = dict(zip(names, values, strict=True))
        pattern = re.compile(r"\b(%s)\b" % "|".join(names))
        text = text[: match.start()] + pattern.sub(lambda name: given[name[0]], body) + text[end:]
    return text


def constant(name, text):
    numbers = ", ".join(str(byte) for byte in text.encode() + b"\0")
    return f"const char {name}[] = {{{numbers}}};\n"


def main(source, target, header, name):
    macros, lines = {}, []
    with open(source, encoding="utf-8") as file:
        for line in file:
            if match := DEFINE.match(line):
                macros[match[1]] = (re.split(r",\s*", match[2]), match[3])
            elif line.strip() and not line.lstrip().startswith("--"):
                lines.append(line.strip())
    text = expand("\n".join(lines), macros)
    with open(target, "w", encoding="utf-8") as file:
        file.write(f'#include "{header}"\n')
        file.write(constant(name + "_definition", text.rstrip(";")))
        file.write(constant(name + "_digest", hashlib.sha256(BODY.search(text)[1].encode()).hexdigest()))


if __name__ == "__main__":
    main(*sys.argv[1:])
