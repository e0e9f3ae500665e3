# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Plugins of the workload: one is compiled, the others are its copies with another number."""

import hashlib
import os
import subprocess
import tempfile

from workload import stamp

# Quick to compile; and strings are left as they are, since where they would be merged depends on their content.
COMPILE = ["cc", "-O0", "-fno-merge-constants", "-fPIC", "-shared", "-fvisibility=hidden"]
COMPILE += ["-Wl,--build-id=none", "-s", "-x", "c"]


class PluginMaker:
    def __init__(self, host, include, cache):
        self.host = host
        self.include = include
        self.cache = cache

    def compile(self, files, path):
        """Makes the plugin of a folder that has these files."""
        with tempfile.TemporaryDirectory() as folder:
            # Its name gets into the plugin, so it is always the same.
            source = os.path.join(folder, "bench")
            for name, text in files.items():
                os.makedirs(os.path.dirname(os.path.join(source, name)), exist_ok=True)
                with open(os.path.join(source, name), "w", encoding="utf-8") as file:
                    file.write(text)
            embedded = subprocess.run([self.host, "embed", source], capture_output=True, check=True)
        subprocess.run([*COMPILE, "-I", self.include, "-o", path, "-"], input=embedded.stdout, check=True)

    def template(self, shape):
        files = shape.files()
        key = hashlib.sha256(repr((sorted(files.items()), COMPILE)).encode())
        for place in (self.host, os.path.join(self.include, "sp", "extension.h")):
            with open(place, "rb") as file:
                key.update(file.read())
        os.makedirs(self.cache, exist_ok=True)
        path = os.path.join(self.cache, key.hexdigest()[:16] + ".so")
        if not os.path.exists(path):
            self.compile(files, path)
        with open(path, "rb") as file:
            return file.read()

    def write(self, folder, extensions, shape, others=None):
        """Fills a folder with plugins. others: {number: shape} of those that have another shape. Returns the folder."""
        os.makedirs(folder, exist_ok=True)
        shapes = others or {}
        templates = {kind: self.template(kind) for kind in {shape, *shapes.values()}}
        for number in range(extensions):
            with open(os.path.join(folder, f"m{number:05}.so"), "wb") as file:
                file.write(stamp(templates[shapes.get(number, shape)], number))
        return folder

