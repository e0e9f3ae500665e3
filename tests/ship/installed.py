# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The host as it is installed, in a scratch folder outside the source tree, and a place to work beside it."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile


class Installed:
    def __init__(self, build):
        self.scratch = tempfile.mkdtemp(prefix="ship-")
        # The server of an embedded cluster may run as another user, and has to get through.
        os.chmod(self.scratch, 0o755)
        os.umask(0o022)
        self.work = os.path.join(self.scratch, "work")
        os.mkdir(self.work)
        root = os.path.join(self.scratch, "root")
        command = ["meson", "install", "--no-rebuild", "--quiet", "-C", build, "--destdir", root]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        page = self.find(root, "sp-extension.pc")
        self.prefix = self.move(page, root)
        self.environment = self.make_environment(page)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.scratch)

    @staticmethod
    def find(root, name):
        for here, _, names in os.walk(root):
            if name in names:
                return os.path.join(here, name)
        raise AssertionError(f"{name} was not installed")

    @staticmethod
    def move(page, root):
        """Whatever the page names stands below its prefix, so one line moves it all."""
        with open(page, encoding="utf-8") as file:
            text = file.read()
        prefix = root + re.search(r"^prefix=(.*)$", text, re.MULTILINE).group(1)
        with open(page, "w", encoding="utf-8") as file:
            file.write(re.sub(r"^prefix=.*$", f"prefix={prefix}", text, count=1, flags=re.MULTILINE))
        return prefix

    def make_environment(self, page):
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "MESON"))}
        own["PKG_CONFIG_PATH"] = os.path.dirname(page)
        own["PATH"] = os.path.join(self.prefix, "bin") + ":" + own["PATH"]
        # A warning in what an author gets from us is a failure.
        own["CFLAGS"] = "-Werror"
        own["LC_ALL"] = "C.UTF-8"
        return own

    def variable(self, name):
        return self.run(f"pkg-config --variable={name} sp-extension").strip()

    def here(self, text):
        """Keeps what a command would leave in /tmp in the scratch folder."""
        return text.replace("/tmp/", self.scratch + "/")

    def run(self, script):
        """Runs it in the place to work, as one would type it there; shows it, and gives back what it said."""
        print("$ " + script, flush=True)
        command = ["sh", "-euc", script]
        result = subprocess.run(
            command,
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        print(result.stdout, flush=True)
        assert result.returncode == 0, f"{shlex.join(command[:2])}: exit status {result.returncode}"
        return result.stdout
