#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: tools/abi_page.py >docs/abi.md

Prints the reference of the ABI, made from the declarations and comments of include/sp/extension.h."""

import ctypes
import os
import re
import sys

HEADER = "include/sp/extension.h"

INTRODUCTION = f"""# The ABI

Made from `{HEADER}` by `tools/abi_page.py`; change the header, not this page. Offsets and sizes are
bytes on x86-64 and every other machine with 64-bit pointers. In C and C++ nothing of this has to be known by heart:
`SP_EXTENSION()` fills in what is not named.
"""

ITEM = re.compile(
    r"/\*\*\n?(?P<comment>(?:(?!\*/).)*?)\*/\n"
    r"(?:\#ifn?def[^\n]*\n|/\*[^\n]*\*/\n)*"
    r"(?:struct\ (?P<struct>\w+)\ \{\n(?P<members>.*?)\n\};"
    r"|(?P<defines>(?:\#define\ (?:[^\n]*\\\n)*[^\n]*\n)+))",
    re.DOTALL | re.VERBOSE,
)
MEMBER = re.compile(r"(?:/\*((?:(?!\*/).)*)\*/\s*)?([^;/]+?);(?:[ \t]*/\*((?:(?!\*/).)*)\*/)?", re.DOTALL)
DEFINE = re.compile(r"#define (\w+)(\([^)]*\))?[ \t]*(.*)")

SCALARS = {"uint32_t": ctypes.c_uint32, "int32_t": ctypes.c_int32, "uint64_t": ctypes.c_uint64, "char": ctypes.c_char}


def comment_lines(comment):
    """The lines of a comment without the stars at their left."""
    return [re.sub(r"^\s*\* ?", "", line).rstrip() for line in re.sub(r"^ (?!\*)", "", comment.strip("\n")).splitlines()]


def one_line(comment):
    text = " ".join(" ".join(comment_lines(comment)).split())
    return text.replace("|", "\\|").replace("*", "\\*").replace("[", "\\[").replace("<", "\\<")


def block(comment):
    """Paragraphs and lists as they are, what is indented as code, and names that are code as such."""
    out, is_code = [], False
    for line in comment_lines(comment):
        deeper = line.startswith("  ") and not (out and out[-1].startswith(("- ", "  ")) and not is_code)
        if deeper and not is_code:
            out.append("```c")
        if is_code and not deeper and line:
            while out[-1] == "":
                out.pop()
            out += ["```", ""]
        is_code = deeper or (is_code and not line)
        out.append(line[2:] if deeper else line)
    while out and not out[-1]:
        out.pop()
    return "\n".join(out + ["```"] if is_code else out)


def member_type(declaration, structs):
    """(name, ctypes type)"""
    function = re.search(r"\(\*(\w+)\)\(", declaration)
    if function:
        return function.group(1), ctypes.c_void_p
    kind, star, name, length = re.fullmatch(
        r"(?:const )?(?:struct )?(\w+) (\*?)(\w+)(?:\[(\d+)\])?", declaration
    ).groups()
    base = ctypes.c_void_p if star else SCALARS.get(kind) or structs[kind]
    return name, base * int(length) if length else base


def struct_section(name, comment, body, structs):
    members = []
    for before, declaration, after in MEMBER.findall(body):
        # It stands either before the member or behind it.
        members.append((" ".join(declaration.split()), one_line(before or after)))
    fields = [member_type(declaration, structs) for declaration, _ in members]
    layout = type(name, (ctypes.Structure,), {"_fields_": fields})
    structs[name] = layout
    yield f"\n## struct {name}\n\n{block(comment)}\n\n{ctypes.sizeof(layout)} bytes.\n"
    yield "\n| offset | size | member | what it is |\n|---:|---:|---|---|\n"
    for (declaration, meaning), (field, _) in zip(members, fields):
        place = getattr(layout, field)
        yield f"| {place.offset} | {place.size} | `{declaration}` | {meaning} |\n"


def is_macro(defines):
    name, arguments, value = DEFINE.match(defines).groups()
    return arguments is not None, name + (arguments or ""), value


def read(header):
    """(constants, sections of macros, sections of structs)"""
    constants, macros, structs, known = [], [], [], {}
    for item in ITEM.finditer(header):
        comment = item.group("comment")
        if item.group("struct"):
            structs += struct_section(item.group("struct"), comment, item.group("members"), known)
            continue
        takes_arguments, name, _ = is_macro(item.group("defines"))
        if takes_arguments:
            # The underscores keep the arguments apart from the members of the same name.
            name = re.sub(r"_(?=[,)])", "", name)
            macros.append(f"\n## {name}\n\n{block(comment)}\n")
            continue
        meaning = one_line(comment)
        for constant, _, value in DEFINE.findall(item.group("defines")):
            constants.append(f"| `{constant}` | `{value}` | {meaning} |\n")
            meaning = "likewise"
    return constants, macros, structs


def make_page(header):
    """The page of the text of the header."""
    manual = re.search(r"^/\*\*\n(.*?)\*/", header, re.DOTALL | re.MULTILINE).group(1)
    constants, macros, structs = read(header.split("*/\n#ifndef SP_EXTENSION_H", 1)[1])
    life = f"\n## How a plugin lives\n\n{block(manual)}\n"
    table = "\n## Constants\n\n| name | value | what it is |\n|---|---|---|\n"
    return "".join([INTRODUCTION, life, table, *constants, *structs, *macros])


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    with open(os.path.join(root, HEADER), encoding="utf-8") as file:
        sys.stdout.write(make_page(file.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
