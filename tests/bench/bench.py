# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The benchmark of sp-host: what tools/bench runs once everything is built."""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
from dataclasses import asdict
from statistics import median

import bench_changed
import bench_growth
import bench_guard
import bench_loading
import bench_verify
import goals
import page
import report
from bench_install import InstallBench
from plugins import PluginMaker
from process import Failed, Programs
from server import Cluster
from subjects import Psql, SpHost, find_others, remove
from workload import Shape

SCENARIOS = ["install", "changed", "loading", "prepare", "memory", "growth", "verify", "guard"]

USAGE = 64
RELAY_PAIRS = 11

# option: (full, quick)
SIZES = {
    "extensions": (100, 10),
    "rounds": (5, 2),
    "changed_of": (500, 20),
    "listed": (1000, 200),
    "prepared": (10000, 2000),
    "memory_of": (1000, 100),
    "growth": ([10, 30, 100, 300, 1000], [5, 10, 20]),
    "growth_listed": ([100, 300, 1000, 3000, 10000], [50, 100, 200]),
    "growth_ledger": ([500, 1500, 5000, 15000, 50000], [500, 1000, 2000]),
}


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def natural(text):
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError("at least 0")
    return value


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(USAGE, f"bench: {message}; see tools/bench --help\n")


def parse_options(arguments):
    parser = Parser(
        prog="tools/bench",
        description="Builds sp-host in release mode and measures it beside psql and other migration tools: every figure"
        " is a ratio within one run. Makes its own PostgreSQL, and removes it. What is absent is named.",
    )
    parser.add_argument("--extensions", type=positive, metavar="N", help="of an install (100)")
    parser.add_argument("--statements", type=positive, default=10, metavar="N", help="of each extension's schema (10)")
    parser.add_argument("--migrations", type=natural, default=5, metavar="N", help="of each extension (5)")
    parser.add_argument("--seeds", type=natural, default=0, metavar="N", help="of each extension (0)")
    parser.add_argument("--rounds", type=positive, metavar="N", help="of every measurement (5)")
    parser.add_argument("--rtt", type=float, default=10, metavar="MS", help="round-trip time behind the relay (10)")
    parser.add_argument("--only", action="append", choices=SCENARIOS, help="this scenario; repeatable")
    parser.add_argument("--no-peers", action="store_true", help="psql and sp-host alone")
    parser.add_argument("--quick", action="store_true", help="a minute: small sizes, no peers")
    parser.add_argument("--json", action="store_true", help="all figures as one JSON object")
    parser.add_argument("--markdown", action="store_true", help="the tables as in docs/benchmarks.md")
    parser.add_argument("--html", metavar="FILE", help="also write a page with plots")
    # From tools/bench. Without a build, only the options are looked at.
    for name in ("build", "scratch", "source"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    for name, sizes in SIZES.items():
        if getattr(options, name, None) is None:
            setattr(options, name, sizes[options.quick])
    return options


class Bench:
    """What every scenario needs."""

    remove = staticmethod(remove)

    def __init__(self, options, cluster):
        self.options = options
        self.cluster = cluster
        self.scratch = os.path.join(options.scratch, "bench")
        os.mkdir(self.scratch)
        self.shape = Shape(options.statements, options.migrations, options.seeds)
        self.programs = Programs(options.build)
        cache = os.path.join(options.build, "bench")
        include = os.path.join(options.source, "include")
        self.maker = PluginMaker(self.programs.host, include, os.path.join(cache, "plugins"))
        version = subprocess.run([self.programs.host, "--version"], capture_output=True, text=True, check=True).stdout
        self.sp_host = SpHost(self.programs, self.maker, version.split()[1])
        self.service = SpHost(self.programs, self.maker, version.split()[1], os.path.join(self.scratch, "kept"))
        self.others, self.absent = [], {}
        if not options.quick and not options.no_peers and self.wants("install"):
            self.others, self.absent = find_others(os.path.join(cache, "npm"))

    def wants(self, scenario):
        return not self.options.only or scenario in self.options.only

    def networks(self):
        """[(name, round-trip time in ms or None)]"""
        return [("loopback", None), (f"{self.options.rtt:g} ms", self.options.rtt)]

    def peer_rounds(self, rtt):
        """Slow peers need minutes behind the relay."""
        return 1 if rtt is not None else max(1, self.options.rounds // 2)

    def say(self, text):
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def relay_delay(self):
        """What the relay itself adds to a client that starts and asks once, in seconds."""
        target, select = self.cluster.create("bench"), Psql(self.cluster).select()
        pairs = [[self.programs.run_at(select, target, rtt).seconds for rtt in (None, 0)] for _ in range(RELAY_PAIRS)]
        self.cluster.drop("bench")
        return median(through - direct for direct, through in pairs)

    def conditions(self):
        shown = ", ".join(f"{name} {value}" for name, value in self.cluster.settings.items())
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
        model = models[0] if models else platform.machine()
        return {
            "machine": f"{os.cpu_count()} CPUs, {model}, Linux {platform.release()}",
            "sp-host": f"{self.sp_host.version}, release build",
            "PostgreSQL": f"{self.cluster.version()}, fsync on, {shown}",
            "connections": "TCP to 127.0.0.1, neither SSL nor GSS; psql -c 'select 1' through a relay without delay takes"
            f" {self.relay_delay() * 1e3:+.1f} ms",
            "rounds": f"{self.options.rounds}; other tools {self.peer_rounds(None)}, and 1 behind the relay; medians",
        }

    def run(self):
        shape = self.shape
        results = {
            "conditions": self.conditions(),
            "absent": self.absent,
            "failed": {},
            "sizes": {
                "install": f"{self.options.extensions} × ({shape.statements} statements + {shape.migrations} migrations"
                + (f" + {shape.seeds} seeds)" if shape.seeds else ")"),
                "changed": self.options.changed_of,
            },
        }
        install = InstallBench(self)
        results["failed"] = install.failed
        steps = [
            ("install", lambda _: install.run()),
            ("changed", bench_changed.run),
            ("loading", bench_loading.run_loading),
            ("prepare", bench_loading.run_prepare),
            ("memory", bench_loading.run_memory),
            ("verify", bench_verify.run),
            ("guard", bench_guard.run),
            *(("growth", part) for part in bench_growth.PARTS),
        ]
        try:
            for name, step in steps:
                if self.wants(name):
                    found = step(self)
                    results[name] = results[name] + found if name in results else found
        except KeyboardInterrupt:
            # Hours may lie in what is done.
            self.say("interrupted: only what was measured until now follows")
            results["conditions"]["interrupted"] = "yes: not all that was asked for"
        results["goals"] = [{**asdict(goal), "reached": goal.is_reached} for goal in goals.judge(results)]
        return results


def main(arguments):
    options = parse_options(arguments)
    if options.build is None:
        return 0
    # So that what was started is ended also then, and what was measured is shown.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with Cluster(options.scratch, options.extensions) as cluster:
            results = Bench(options, cluster).run()
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (Failed, subprocess.CalledProcessError) as failure:
        said = getattr(failure, "stderr", None) or ""
        print(f"bench: {failure}", said.decode(errors="replace") if isinstance(said, bytes) else said, file=sys.stderr)
        return 1
    if options.html:
        with open(options.html, "w", encoding="utf-8") as file:
            file.write(page.render(results))
    if options.json:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    else:
        print(report.as_markdown(results) if options.markdown else report.as_text(results), end="")
    return 128 + signal.SIGINT if "interrupted" in results["conditions"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
