#!/usr/bin/env python3
# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Usage: test_bench.py BUILD SOURCE: the benchmark counts, fits and makes its plugins rightly. No time is asserted."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from html.parser import HTMLParser

import bench
import bench_guard
import goals
import page
import report
from figures import Spread, exponent, ratio
from plugins import PluginMaker
from process import Failed, Programs, clean_environment
from server import Cluster, Target
from workload import MARK, Shape, list_units, pending_unit, stamp

BUILD, SOURCE = sys.argv[1:]
PROGRAMS = Programs(BUILD)


class FiguresTest(unittest.TestCase):
    def test_the_fit_finds_known_exponents(self):
        for power in (0, 0.5, 1, 2):
            points = [(size, 3 * size**power) for size in (10, 30, 100, 1000)]
            self.assertAlmostEqual(exponent(points), power)

    def test_the_fit_lies_between_points_that_disagree(self):
        self.assertTrue(1 < exponent([(1, 1), (10, 10), (100, 1000)]) < 2)

    def test_a_ratio_is_of_runs_side_by_side(self):
        self.assertEqual(ratio([2, 20, 3], [1, 10, 3]), 2)
        self.assertEqual(Spread.of([3, 1, 2]), Spread(2, 1, 3))


class WorkloadTest(unittest.TestCase):
    def test_the_same_every_time(self):
        shape = Shape(statements=25, migrations=2, seeds=2)
        self.assertEqual(list_units(7, shape), list_units(7, shape))
        self.assertEqual(shape.files(), Shape(25, 2, 2).files())

    def test_as_many_statements_as_asked_for(self):
        # A function's body has semicolons too, but none at the end of a line that is followed by a command.
        for count in (1, 10, 25):
            commands = re.findall(r"^(?:CREATE|COMMENT) ", Shape(count).schema(), re.MULTILINE)
            self.assertEqual(len(commands), count)

    def test_schemas_first_then_migrations_then_seeds(self):
        names = [name for name, _ in list_units(2, Shape(1, 1, 1))]
        self.assertEqual(names, [f"m0000{n}_{part}" for part in ("schema", "extra_1", "user_1") for n in (0, 1)])
        self.assertEqual(pending_unit(Shape(1, 1))[0], "m00000_extra_2")

    def test_a_stamped_plugin_is_the_one_that_the_compiler_makes(self):
        shape = Shape(migrations=1, seeds=1)
        with tempfile.TemporaryDirectory() as folder:
            maker = PluginMaker(PROGRAMS.host, os.path.join(SOURCE, "include"), os.path.join(folder, "cache"))
            maker.write(os.path.join(folder, "plugins"), 4, shape)
            own = {stamp(name, 3): stamp(content, 3) for name, content in shape.files().items()}
            maker.compile(own, os.path.join(folder, "compiled.so"))
            with open(os.path.join(folder, "plugins", "m00003.so"), "rb") as file:
                stamped = file.read()
            with open(os.path.join(folder, "compiled.so"), "rb") as file:
                self.assertEqual(stamped, file.read())
        self.assertNotIn(MARK.encode(), stamped)


class EchoServer:
    """Sends back what it gets."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.serve, daemon=True).start()
        return Target(self.listener.getsockname()[1], "")

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        client, _ = self.listener.accept()
        with client:
            while data := client.recv(1 << 16):
                client.sendall(data)


class RelayTest(unittest.TestCase):
    def exchange(self, talk, rtt_ms=0):
        """The counts of a client that is no PostgreSQL's, so that all of its turns are those of a start."""
        with EchoServer() as target, PROGRAMS.relay(target, rtt_ms) as (behind, counts):
            with socket.create_connection((behind.host, behind.port)) as client:
                talk(client)
        return counts

    def test_a_turn_for_each_answer_that_was_waited_for(self):
        def talk(client):
            for _ in range(5):
                client.sendall(b"x" * 100)
                client.recv(100, socket.MSG_WAITALL)

        counts = self.exchange(talk)
        self.assertEqual((counts["start_turns"], counts["connections"]), (5, 1))
        self.assertEqual((counts["bytes_up"], counts["bytes_down"]), (500, 500))

    def test_who_sends_on_without_reading_takes_one_turn(self):
        def talk(client):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(5):
                client.sendall(b"x" * 100)
            client.recv(500, socket.MSG_WAITALL)

        # Long enough that all five are under way before the first comes back.
        self.assertEqual(self.exchange(talk, 1000)["start_turns"], 1)

    def test_more_than_the_buffers_hold(self):
        size = 8 << 20

        def talk(client):
            writer = threading.Thread(target=client.sendall, args=(bytes(size),))
            writer.start()
            left = size
            while left > 0:
                left -= len(client.recv(1 << 16))
            writer.join()

        counts = self.exchange(talk)
        self.assertEqual((counts["bytes_up"], counts["bytes_down"]), (size, size))


class PostgresTest(unittest.TestCase):
    """A known exchange: psql waits for each of its commands."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        os.chmod(folder, 0o755)
        cls.cluster = cls.enterClassContext(Cluster(folder))

    def count(self, *statements, **env):
        with PROGRAMS.relay(Target(self.cluster.port, "postgres"), 0) as (behind, counts):
            command = [self.cluster.psql, "-X", "-q", *(word for text in statements for word in ("-c", text))]
            variables = {**clean_environment(), **behind.env(), **env}
            subprocess.run(command, env=variables, capture_output=True, check=True)
        return counts["start_turns"], counts["turns"], counts["connections"]

    def test_one_turn_to_start_and_one_a_command(self):
        self.assertEqual(self.count("SELECT 1"), (1, 1, 1))
        self.assertEqual(self.count("SELECT 1", "SELECT 2", "SELECT 3"), (1, 3, 1))

    def test_a_long_answer_is_one_turn(self):
        self.assertEqual(self.count("SELECT repeat('x', 1000) FROM generate_series(1, 1000)"), (1, 1, 1))

    def test_asking_for_encryption_takes_a_turn_of_the_start(self):
        self.assertEqual(self.count("SELECT 1", PGSSLMODE="prefer"), (2, 1, 1))

    def guard_seconds(self, transactions, seconds, *queries):
        self.cluster.create("guarded")
        self.addCleanup(self.cluster.drop, "guarded")
        self.cluster.query(
            "guarded",
            "CREATE FUNCTION public.extension_guard(jsonb) RETURNS void LANGUAGE plpgsql"
            f" AS 'BEGIN PERFORM pg_sleep({seconds}); END'",
        )
        bench_guard.track(self.cluster, "guarded")
        for query in queries:
            self.cluster.query("guarded", query)
        return bench_guard.read(self.cluster, "guarded", transactions)

    def test_the_clock_of_the_guard_counts_all_sessions(self):
        twice = "SELECT public.extension_guard('{}'), public.extension_guard('{}')"
        seconds = self.guard_seconds(3, 0.05, twice, twice, twice)
        self.assertTrue(6 * 0.05 <= seconds < 10, seconds)

    def test_a_guard_that_some_transactions_did_without_is_no_measurement(self):
        once = "SELECT public.extension_guard('{}')"
        for queries in ([], [once], [once] * 8):
            with self.assertRaises(Failed):
                self.guard_seconds(3, 0, *queries)


def sample():
    spread = {"seconds": 0.2, "low": 0.1, "high": 0.3, "rounds": 3}
    guard = {"seconds": 0.00104, "low": 0.0009, "high": 0.0011, "rounds": 3}
    counts = {"turns": 3, "start_turns": 1, "connections": 1, "bytes_up": 2048, "bytes_down": 1024}
    rows = []
    for network, more in (("loopback", {}), ("10 ms", counts)):
        for subject, share in (("psql", 1.0), ("sp-host", 0.5)):
            for task in ("fresh", "no-op", "one pending"):
                row = {"network": network, "subject": subject, "version": "1", "task": task, "ratio": share}
                rows.append({**row, **spread, **more})
    rows.append({"network": "loopback", "subject": "sp-host", "version": "1", "task": "list", **spread})
    growth = {"what": "list", "of": "plugins", "sizes": [10, 100], "seconds": [0.1, 2.0], "exponent": 1.3, "tail": 1.3}
    return {
        "conditions": {"machine": "<one> | two"},
        "absent": {"sqitch": "not installed"},
        "failed": {},
        "sizes": {"install": "3 extensions", "changed": 5},
        "install": rows,
        "growth": [growth],
        "guard": [{"extensions": 3, "transactions": 6, "share": 0.25, **guard}],
        "verify": [{"task": "verify", "extensions": 3, "fresh_seconds": 0.1, "ratio": 2.0, **spread}],
    }


class ReportTest(unittest.TestCase):
    def test_a_goal_is_reached_up_to_its_limit(self):
        reached = {goal.what: goal.is_reached for goal in goals.judge(sample())}
        self.assertTrue(reached["fresh, 3 extensions, loopback: of psql -1 -f"])
        self.assertFalse(reached["fresh, 3 extensions, 10 ms: of psql -1 -f"])
        self.assertFalse(reached["no-op, 3 extensions: round trips after connecting"])
        self.assertFalse(reached["growth of list over 10 to 100 plugins: exponent"])
        self.assertFalse(reached["guard: ms a transaction"])
        self.assertTrue(goals.Goal("", 1.1, 1.1, "").is_reached)

    def test_markdown_tables_have_as_many_cells_in_each_row(self):
        tables = re.findall(r"(?:^\|.*\n)+", report.as_markdown(sample()), re.MULTILINE)
        self.assertEqual(len(tables), len(report.all_tables(sample())))
        for table in tables:
            self.assertEqual(len({line.count("|") for line in table.splitlines()}), 1, table)
        self.assertIn("absent: sqitch", report.as_text(sample()))

    def test_the_page_closes_what_it_opens_and_loads_nothing(self):
        opened = []
        test = self

        class Checker(HTMLParser):
            def handle_starttag(self, tag, attrs):
                test.assertFalse({"src", "href"} & dict(attrs).keys())
                if tag != "meta":
                    opened.append(tag)

            def handle_endtag(self, tag):
                if tag != "meta":
                    test.assertEqual(opened.pop(), tag)

        content = page.render(sample())
        Checker().feed(content)
        self.assertEqual(opened, [])
        self.assertIn("&lt;one&gt;", content)
        self.assertEqual(content.count("<svg"), 7)


class ToolTest(unittest.TestCase):
    def run_tool(self, *arguments):
        command = [os.path.join(SOURCE, "tools", "bench"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)

    def test_help_names_every_scenario(self):
        shown = self.run_tool("--help")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        for name in bench.SCENARIOS:
            self.assertIn(name, shown.stdout)

    def test_a_wrong_option_is_refused_before_anything_is_built(self):
        for argument in ("--nosuch", "--rounds=0", "--only=nosuch"):
            refused = self.run_tool(argument)
            self.assertEqual(refused.returncode, 64, argument)
            self.assertNotIn("Building", refused.stdout + refused.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
