# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Who takes part: psql, sp-host and the other tools, each behind the same three questions."""

import os
import shutil
from dataclasses import dataclass

import peers
from process import Command
from workload import list_units, pending_unit


@dataclass(frozen=True)
class Tasks:
    """What a subject does: functions from a Target to a Command."""

    fresh: object
    noop: object
    pending: object


class Psql:
    name = "psql"

    def __init__(self, cluster):
        self.psql = cluster.psql
        self.version = cluster.version()

    def command(self, *arguments):
        return lambda target: Command([self.psql, "-X", "-q", *arguments], target.env())

    def file(self, path, sql):
        """The task of running SQL in one transaction."""
        with open(path, "w", encoding="utf-8") as file:
            file.write(sql)
        return self.command("-1", "-v", "ON_ERROR_STOP=1", "-f", path)

    def select(self):
        return self.command("-c", "select 1")

    def tasks(self, folder, extensions, shape):
        os.makedirs(folder)
        everything = "".join(sql for _, sql in list_units(extensions, shape))
        return Tasks(
            self.file(os.path.join(folder, "all.sql"), everything),
            self.select(),
            self.file(os.path.join(folder, "pending.sql"), pending_unit(shape)[1]),
        )


class SpHost:
    name = "sp-host"

    def __init__(self, programs, maker, version, kept=None):
        """kept: a folder in which a service would keep what it found out about plugins."""
        self.host = programs.host
        self.maker = maker
        self.version = version
        self.env = {"CACHE_DIRECTORY": kept} if kept else {}
        if kept:
            os.makedirs(kept, mode=0o700)
            self.name = "sp-host, service"

    def install(self, plugins):
        return lambda target: Command(
            [self.host, f"--plugin-dir={plugins}", f"--database={target.conninfo()}", "--quiet", "install"],
            self.env,
        )

    def list(self, plugins, *options):
        return Command([self.host, f"--plugin-dir={plugins}", "list", *options], self.env)

    def tasks(self, folder, extensions, shape):
        base = self.maker.write(os.path.join(folder, "base"), extensions, shape)
        longer = type(shape)(shape.statements, shape.migrations + 1, shape.seeds)
        pending = self.maker.write(os.path.join(folder, "pending"), extensions, shape, {0: longer})
        return Tasks(self.install(base), self.install(base), self.install(pending))


class OtherTool:
    def __init__(self, peer, version, npm):
        self.peer = peer
        self.name = peer.name
        self.version = version
        self.npm = npm

    def tasks(self, folder, extensions, shape):
        units = list_units(extensions, shape)
        base, pending = os.path.join(folder, "base"), os.path.join(folder, "pending")
        for place, content in ((base, units), (pending, [*units, pending_unit(shape)])):
            self.peer.lay_out(place, content)
            # Where Node looks for what a script requires.
            os.symlink(os.path.join(self.npm, "node_modules"), os.path.join(place, "node_modules"))
        binaries = os.path.join(self.npm, "node_modules", ".bin")
        return Tasks(*(lambda target, at=at: self.peer.command(binaries, at, target) for at in (base, base, pending)))


def find_others(npm):
    """Returns ([OtherTool], {name: why it is absent})."""
    present, absent = peers.find(npm)
    return [OtherTool(peer, version, npm) for peer, version in present], absent


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
