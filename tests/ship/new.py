#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: new.py BUILD NAME [OPTION...]: what "sp-host new" writes builds, passes its tests, and is installed where the
host looks for plugins. The commands are those that "sp-host new" tells to type."""

import json
import os
import sys

from installed import Installed


def main():
    build, name, *options = sys.argv[1:]
    with Installed(build) as host:
        answer = json.loads(host.run(f"sp-host new --format=json {' '.join(options)} {name}"))
        assert len(answer["next"]) == 3, answer
        for path in answer["files"]:
            with open(os.path.join(host.work, path), encoding="utf-8") as file:
                text = file.read()
            assert host.scratch not in text and "@" not in text.replace('"$@"', ""), path
        host.run(f"shellcheck {name}/tests/install.sh")
        host.run(f"sp-host embed --check {name}")
        for command in answer["next"]:
            host.run(host.here(command))
        host.run(f"meson install -C {name}/build")
        directory = host.variable("extensiondir")
        listing = json.loads(host.run(f"sp-host --plugin-dir={directory} list --format=json"))
        (plugin,) = listing["plugins"]
        assert (plugin["id"], plugin["state"], plugin["note"]) == (name, "accepted", True), plugin
        hooks = ["start", "stop", "validate_config"] if "--lang=c" in options else []
        assert plugin["hooks"] == hooks, plugin["hooks"]
    return 0


if __name__ == "__main__":
    sys.exit(main())
