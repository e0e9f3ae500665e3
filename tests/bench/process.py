# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Runs a command and says how long it took; also through the relay, which says what passed."""

import json
import os
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field

TIMEOUT = 1800


class Failed(Exception):
    """A command that was to be measured did not do its work."""


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_kib: int
    output: str
    counts: dict = field(default_factory=dict)  # what the relay counted


@dataclass(frozen=True)
class Command:
    argv: list
    env: dict = field(default_factory=dict)
    cwd: str | None = None


def clean_environment():
    """Nothing of ours decides where a client connects to."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_"))}


class Programs:
    """What was built for the benchmark."""

    def __init__(self, build):
        self.host = os.path.join(build, "host", "sp-host")
        self.folder = os.path.join(build, "tests", "bench")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command):
        reader, writer = os.pipe()
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [self.path("launch"), str(writer), *command.argv],
                env={**clean_environment(), **command.env},
                cwd=command.cwd,
                pass_fds=[writer],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            os.close(writer)
            try:
                with open(reader, encoding="utf-8") as pipe:
                    process.wait(TIMEOUT)
                    report = pipe.read()
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise
            output.seek(0)
            text = output.read().decode(errors="replace")
        result = json.loads(report) if report else {"status": process.returncode}
        if result["status"] != 0:
            tail = "\n".join(text.splitlines()[-15:])
            raise Failed(f"{' '.join(command.argv[:4])} … ended with {result['status']}:\n{tail}")
        return Run(result["seconds"], result["peak_kib"], text)

    @contextmanager
    def relay(self, target, rtt_ms):
        """Yields (the target through the relay, what it counted: filled at the end)."""
        counts = {}
        command = [self.path("relay"), target.host, str(target.port), str(round(rtt_ms * 1000))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield target.through(int(process.stdout.readline())), counts
        finally:
            process.send_signal(signal.SIGTERM)
            counted = process.communicate()[0]
        if process.returncode != 0:
            raise Failed(f"the relay ended with {process.returncode}")
        counts.update(json.loads(counted))

    def run_at(self, make_command, target, rtt_ms):
        """Runs make_command(target), through the relay when there is a round-trip time."""
        if rtt_ms is None:
            return self.run(make_command(target))
        with self.relay(target, rtt_ms) as (behind, counts):
            run = self.run(make_command(behind))
        return Run(run.seconds, run.peak_kib, run.output, counts)
