# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The benchmark's own PostgreSQL cluster."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, replace
from glob import glob

DEFAULT_LOCKS = 64
LOCKS_OF_EACH = 0.5  # per transaction that may be at work, a hundred of them


def settings(extensions):
    """What differs from the defaults of PostgreSQL, and why. fsync stays on."""
    return {
        "autovacuum": "off",  # it would run in the one round and not in the other
        "max_wal_size": "8GB",  # no checkpoint but ours
        "checkpoint_timeout": "1h",
        "shared_buffers": "256MB",
        # For psql, which makes everything in one transaction. The default, unless that is not enough: who looks at
        # locks reads a table as large as this.
        "max_locks_per_transaction": str(max(DEFAULT_LOCKS, int(extensions * LOCKS_OF_EACH))),
    }


START_TIMEOUT = 60
ENDS_SESSIONS = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'"
USER = "bench"


def find_programs():
    """The folder of initdb and postgres of the newest version."""
    folders = glob("/usr/lib/postgresql/*/bin")
    found = shutil.which("postgres")
    if found:
        folders.append(os.path.dirname(os.path.realpath(found)))
    folders = [folder for folder in folders if os.path.exists(os.path.join(folder, "initdb"))]
    if not folders:
        raise SystemExit("bench: no PostgreSQL server found; run tools/setup")
    return max(folders, key=lambda folder: [int(part) for part in folder.split("/") if part.isdigit()])


def unprivileged():
    """How subprocess becomes somebody else than root, whom PostgreSQL refuses."""
    if os.getuid() != 0:
        return {}
    names = [entry.pw_name for entry in pwd.getpwall()]
    entry = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Target:
    """Where a client connects to."""

    port: int
    dbname: str
    host: str = "127.0.0.1"
    user: str = USER

    def conninfo(self):
        return (
            f"host={self.host} port={self.port} user={self.user} dbname={self.dbname}"
            " sslmode=disable gssencmode=disable"
        )

    def url(self):
        return f"postgres://{self.user}@{self.host}:{self.port}/{self.dbname}?sslmode=disable"

    def env(self):
        """Without encryption, so that start-up takes as many turns for everyone."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": self.user,
            "PGDATABASE": self.dbname,
            "PGSSLMODE": "disable",
            "PGGSSENCMODE": "disable",
        }

    def through(self, port):
        return replace(self, port=port)


class Cluster:
    """Use with "with": it is made, started, stopped by its process id, and removed."""

    def __init__(self, scratch, extensions=0):
        self.programs = find_programs()
        self.settings = settings(extensions)
        self.databases = set()
        self.n_gone = 0
        self.folder = os.path.join(scratch, "pg")
        self.port = free_port()
        self.psql = os.path.join(self.programs, "psql")
        self.server = None

    def __enter__(self):
        identity = unprivileged()
        os.mkdir(self.folder, 0o700)
        if identity:
            os.chown(self.folder, identity["user"], identity["group"])
        self.run("initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", **identity)
        given = {
            **self.settings,
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
        }
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.server = subprocess.Popen(
                [os.path.join(self.programs, "postgres"), "-D", "data", *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **identity,
            )
        self.wait()
        return self

    def __exit__(self, *_):
        self.server.send_signal(signal.SIGINT)
        self.server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, program, *arguments, **options):
        command = [os.path.join(self.programs, program), *arguments]
        subprocess.run(command, cwd=self.folder, capture_output=True, check=True, **options)

    def wait(self):
        deadline = time.monotonic() + START_TIMEOUT
        while subprocess.run(self.admin("postgres", "SELECT 1"), capture_output=True, check=False).returncode != 0:
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("bench: the server did not start")
            time.sleep(0.05)

    def admin(self, dbname, *statements):
        """A command that runs statements past everything that is measured."""
        command = [self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        command += ["-h", self.folder, "-p", str(self.port), "-U", USER, "-d", dbname]
        return command + [word for statement in statements for word in ("-c", statement)]

    def query(self, dbname, *statements):
        return subprocess.run(self.admin(dbname, *statements), capture_output=True, text=True, check=True).stdout

    def create(self, dbname, template="template0"):
        """A database without anything that would be slower the first time, after a checkpoint. Returns its Target."""
        strategy = "" if template == "template0" else " STRATEGY file_copy"
        self.drop(dbname)
        self.query("postgres", f"CREATE DATABASE {dbname} TEMPLATE {template}{strategy}")
        self.databases.add(dbname)
        self.query(dbname, "SELECT count(*) FROM pg_class", "CHECKPOINT")
        return Target(self.port, dbname)

    def drop(self, *dbnames):
        """Puts databases out of the way. Their files stay until the end: for minutes after files were deleted, ext4
        looks long for a place for each new one, which whoever is measured next would pay."""
        for dbname in self.databases.intersection(dbnames):
            self.n_gone += 1
            rename = f"ALTER DATABASE {dbname} RENAME TO gone_{self.n_gone}"
            self.query("postgres", ENDS_SESSIONS.format(dbname), rename)
            self.databases.remove(dbname)

    def version(self):
        return self.query("postgres", "SHOW server_version").split()[0]
