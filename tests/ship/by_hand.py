#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: by_hand.py BUILD FOLDER: the command of the README beside a plugin written by hand makes one that the installed
host accepts, that exports the vtable and nothing else, and that carries a note. Skipped (77) without its compiler."""

import json
import os
import re
import shutil
import sys

from installed import Installed


def main():
    build, folder = sys.argv[1:]
    name = os.path.basename(folder)
    with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
        commands = re.findall(r"^    (\S.*)$", file.read(), re.MULTILINE)
    assert commands, f"{folder}/README.md: it has no command"
    if not all(shutil.which(command.split()[0]) for command in commands):
        return 77
    with Installed(build) as host:
        shutil.copytree(folder, host.work, dirs_exist_ok=True)
        for command in commands:
            host.run(command)
        host.run(f"sp-host check {name}.so")
        listing = json.loads(host.run("sp-host --plugin-dir=. list --no-load --format=json"))
        (plugin,) = listing["plugins"]
        assert (plugin["id"], plugin["state"], plugin["note"]) == (name, "accepted", True), plugin
        exported = host.run(f"nm -Dj --defined-only {name}.so").split()
        assert exported == ["sp_extension_vtable"], exported
    return 0


if __name__ == "__main__":
    sys.exit(main())
