# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The other tools. Each gets the units of the workload as migrations in its own format, one file each."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from typing import Callable

from process import Command

HERE = os.path.dirname(os.path.abspath(__file__))

# What npm installs: pinned, so that a run can be repeated.
NPM_PACKAGES = {
    "dbmate": "2.36.0",
    "graphile-migrate": "1.4.1",
    "knex": "3.3.0",
    "node-pg-migrate": "9.0.0",
    "pg": "8.23.1",
    "postgrator": "8.0.0",
    "umzug": "3.8.3",
}
NPM_TIMEOUT = 600

# The interpreter that Debian's packages are for, whatever else is installed.
PYTHON = "/usr/bin/python3"


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def numbered(units, start=1):
    return ((f"{number:05}", name, sql) for number, (name, sql) in enumerate(units, start))


def copy_driver(folder, name):
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(HERE, "peers", name), folder)


@dataclass(frozen=True)
class Peer:
    name: str
    lay_out: Callable  # (folder, units): writes the migrations and what else the tool wants
    argv: Callable  # (bin folder, target)
    env: Callable = lambda target: {**target.env(), "DATABASE_URL": target.url()}

    def command(self, binaries, folder, target):
        return Command(self.argv(binaries, target), self.env(target), folder)


def lay_out_sqitch(folder, units):
    plan = "%syntax-version=1.0.0\n%project=bench\n\n"
    for _, name, sql in numbered(units):
        plan += f"{name} 2024-01-01T00:00:00Z Bench <bench@example.org> # {name}\n"
        write(folder, f"deploy/{name}.sql", f"BEGIN;\n{sql}COMMIT;\n")
    write(folder, "sqitch.plan", plan)
    write(folder, "sqitch.conf", '[core]\n\tengine = pg\n[user]\n\tname = Bench\n\temail = bench@example.org\n')


def lay_out_alembic(folder, units):
    copy_driver(folder, "env.py")
    write(folder, "alembic.ini", "[alembic]\nscript_location = .\n")
    before = None
    for number, _, sql in numbered(units):
        text = f"from alembic import op\nrevision = {number!r}\ndown_revision = {before!r}\n"
        write(folder, f"versions/{number}.py", text + f"def upgrade():\n    op.execute({sql!r})\n")
        before = number


def lay_out_django(folder, units):
    copy_driver(folder, "settings.py")
    write(folder, "bench/__init__.py", "")
    write(folder, "bench/migrations/__init__.py", "")
    before = ""
    for number, name, sql in numbered(units):
        text = "from django.db import migrations\nclass Migration(migrations.Migration):\n"
        text += f"    dependencies = [{before}]\n    operations = [migrations.RunSQL({sql!r})]\n"
        write(folder, f"bench/migrations/{number}_{name}.py", text)
        before = f'("bench", "{number}_{name}")'


def lay_out_dbmate(folder, units):
    for number, name, sql in numbered(units):
        write(folder, f"db/migrations/{number}_{name}.sql", f"-- migrate:up\n{sql}\n-- migrate:down\n")


def lay_out_node_pg_migrate(folder, units):
    for number, name, sql in numbered(units):
        write(folder, f"migrations/{number}_{name}.sql", f"-- Up Migration\n{sql}")


def lay_out_graphile(folder, units):
    write(folder, ".gmrc", "{}\n")
    write(folder, "migrations/current.sql", "")
    before = ""
    for number, _, sql in numbered(units):
        digest = hashlib.sha1(((before + "\n" + sql.strip()).strip() + "\n").encode()).hexdigest()
        text = f"--! Previous: {before or '-'}\n--! Hash: sha1:{digest}\n\n{sql}"
        write(folder, f"migrations/committed/{number.zfill(6)}.sql", text)
        before = f"sha1:{digest}"


def lay_out_postgrator(folder, units):
    copy_driver(folder, "postgrator.mjs")
    for number, name, sql in numbered(units):
        write(folder, f"migrations/{number}.do.{name}.sql", sql)


def lay_out_knex(folder, units):
    copy_driver(folder, "knexfile.js")
    for number, name, sql in numbered(units):
        text = f"exports.up = (knex) => knex.raw({json.dumps(sql)});\nexports.down = () => {{}};\n"
        write(folder, f"migrations/{number}_{name}.js", text)


def lay_out_umzug(folder, units):
    copy_driver(folder, "umzug.js")
    for number, name, sql in numbered(units):
        write(folder, f"migrations/{number}_{name}.sql", sql)


DEBIAN = {
    "sqitch": Peer(
        "sqitch",
        lay_out_sqitch,
        lambda _, target: ["sqitch", "deploy", "--target", target.url().replace("postgres:", "db:pg:", 1)],
    ),
    "python3-alembic": Peer(
        "alembic", lay_out_alembic, lambda *_: [PYTHON, "-m", "alembic.config", "upgrade", "head"]
    ),
    "python3-django": Peer(
        "django",
        lay_out_django,
        lambda *_: [PYTHON, "-m", "django", "migrate", "--settings=settings", "--pythonpath=."],
    ),
}
NPM = {
    "dbmate": Peer(
        "dbmate",
        lay_out_dbmate,
        # The program itself, not the launcher in JavaScript.
        lambda binaries, _: [f"{binaries}/../@dbmate/linux-x64/bin/dbmate", "--no-dump-schema", "migrate"],
        # Its driver refuses variables that it does not know.
        lambda target: {"DATABASE_URL": target.url()},
    ),
    "node-pg-migrate": Peer(
        "node-pg-migrate", lay_out_node_pg_migrate, lambda binaries, _: [f"{binaries}/node-pg-migrate", "up"]
    ),
    "graphile-migrate": Peer(
        "graphile-migrate",
        lay_out_graphile,
        lambda binaries, _: [f"{binaries}/graphile-migrate", "migrate"],
        lambda target: {
            **target.env(),
            "DATABASE_URL": target.url(),
            "ROOT_DATABASE_URL": replace(target, dbname="postgres").url(),
        },
    ),
    "postgrator": Peer("postgrator", lay_out_postgrator, lambda *_: ["node", "postgrator.mjs"]),
    "knex": Peer("knex", lay_out_knex, lambda binaries, _: [f"{binaries}/knex", "migrate:latest"]),
    "umzug": Peer("umzug", lay_out_umzug, lambda *_: ["node", "umzug.js"]),
}


def debian_version(package):
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    match = re.match(r"installed (?:\d+:)?(\S+)", shown)
    return match and match.group(1)


def install_npm(folder):
    """Returns what went wrong, or None."""
    if not shutil.which("npm"):
        return "npm is not installed"
    stamp = os.path.join(folder, "installed")
    wanted = repr(NPM_PACKAGES)
    if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == wanted:
        return None
    write(folder, "package.json", '{"private": true}\n')
    packages = [f"{name}@{version}" for name, version in NPM_PACKAGES.items()]
    command = ["npm", "install", "--no-audit", "--no-fund", "--save-exact", *packages]
    options = {"cwd": folder, "stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
    try:
        result = subprocess.run(command, timeout=NPM_TIMEOUT, **options)
    except subprocess.TimeoutExpired:
        return "npm did not end"
    if result.returncode != 0:
        return "npm could not install it: " + (result.stderr.strip().splitlines() or ["no reason"])[0]
    write(folder, "installed", wanted)
    return None


def find(folder):
    """Returns ([(Peer, version)], {name: why it is absent}). folder: where npm installs to."""
    os.makedirs(folder, exist_ok=True)
    present, absent = [], {}
    for package, peer in DEBIAN.items():
        version = debian_version(package)
        if version and (peer.name == "sqitch" or debian_version("python3-psycopg2")):
            present.append((peer, version))
        else:
            absent[peer.name] = f"the Debian package {package} is not installed"
    failure = install_npm(folder)
    for package, peer in NPM.items():
        if failure:
            absent[peer.name] = failure
        else:
            present.append((peer, NPM_PACKAGES[package]))
    return present, absent
