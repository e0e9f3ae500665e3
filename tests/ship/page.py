#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: page.py BUILD PAGE [FILE...]: types the commands of a page, its blocks "sh", one after the other into one shell.
What a block without language shows right after one has to be in its output, line by line in this order; a number stands
for any. The files are copied to the place to work before."""

import os
import re
import shlex
import shutil
import sys

from installed import Installed

BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
MARK = "== block {} =="


def read_blocks(page):
    """(commands, lines of output) of each block"""
    with open(page, encoding="utf-8") as file:
        return [(commands, (shown or "").splitlines()) for commands, shown in BLOCK.findall(file.read())]


def normal(line):
    return re.sub(r"\d+", "0", " ".join(line.split()))


def missing(shown, output):
    """The first line that is shown and does not come, or None."""
    lines = iter([normal(line) for line in output.splitlines()])
    for line in shown:
        if not any(normal(line) == other for other in lines):
            return line
    return None


def check(page, blocks, output):
    for number, (_, shown) in enumerate(blocks):
        after = output.split(MARK.format(number) + "\n")[1].split(MARK.format(number + 1) + "\n")[0]
        line = missing([line for line in shown if line], after)
        assert line is None, f"{page}: this is not what the host says, or not in this order: {line}"


def main():
    build, page, *files = sys.argv[1:]
    blocks = read_blocks(page)
    assert blocks, f"{page}: it has no commands"
    with Installed(build) as host:
        for path in files:
            copy = shutil.copytree if os.path.isdir(path) else shutil.copy
            copy(path, os.path.join(host.work, os.path.basename(path)))
        parts = [f"echo {shlex.quote(MARK.format(i))}\n{commands}" for i, (commands, _) in enumerate(blocks)]
        check(page, blocks, host.run(host.here("".join(parts))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
