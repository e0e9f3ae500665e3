# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Fresh, nothing to do, one pending migration: psql, sp-host and the other tools in turn, on one database each."""

import os
import sys
from collections import defaultdict

from figures import Spread, ratio
from process import Failed
from subjects import Psql

NOOPS = 3  # a round; short, so more of them

# What has to be the same whoever installed it: relations, columns, indexes, triggers, comments, and the seeds.
FINGERPRINT = """
WITH own AS (SELECT * FROM pg_class WHERE relname ~ '^m[0-9]{5}_')
SELECT md5(string_agg(line, chr(10) ORDER BY line)) FROM (
    SELECT concat(relname, relkind) || coalesce(obj_description(oid, 'pg_class'), '') AS line FROM own
    UNION ALL
    SELECT concat(own.relname, attname, format_type(atttypid, atttypmod), attnotnull)
        || coalesce(col_description(own.oid, attnum), '')
    FROM own JOIN pg_attribute ON attrelid = own.oid WHERE attnum > 0
    UNION ALL SELECT pg_get_indexdef(oid) FROM own WHERE relkind = 'i'
    UNION ALL SELECT pg_get_triggerdef(t.oid) FROM own JOIN pg_trigger t ON tgrelid = own.oid WHERE NOT tgisinternal
    UNION ALL SELECT concat(id, email) FROM m00000_account
) AS lines
"""


class Measured:
    """The runs of one subject on one network."""

    def __init__(self):
        self.seconds = defaultdict(list)
        self.bases = defaultdict(list)  # of psql, side by side with them
        self.counts = {}

    def add(self, task, run, base):
        self.seconds[task].append(run.seconds)
        self.bases[task].append(base.seconds)
        self.counts[task] = run.counts

    def rows(self, network, subject):
        for task, seconds in self.seconds.items():
            spread = Spread.of(seconds)
            yield {
                "network": network,
                "subject": subject.name,
                "version": subject.version,
                "task": task,
                "seconds": spread.middle,
                "low": spread.low,
                "high": spread.high,
                "rounds": len(seconds),
                "ratio": ratio(seconds, self.bases[task]),
                **self.counts[task],
            }


class InstallBench:
    def __init__(self, bench):
        self.bench = bench
        self.expected = None
        self.failed = {}

    def run_one(self, subject, tasks, psql_tasks, psql_fresh, rtt, measured):
        """A fresh install, then what is to be done on its database. psql_fresh: psql's of this round, or None when this
        is psql."""
        programs, cluster = self.bench.programs, self.bench.cluster
        target = cluster.create("bench")
        fresh = programs.run_at(tasks.fresh, target, rtt)
        measured.add("fresh", fresh, psql_fresh or fresh)
        self.verify(subject)
        for _ in range(NOOPS):
            base = programs.run_at(psql_tasks.noop, target, rtt)
            measured.add("no-op", programs.run_at(tasks.noop, target, rtt), base)
        other = cluster.create("bench_psql", "bench")
        base = programs.run_at(psql_tasks.pending, other, rtt)
        measured.add("one pending", programs.run_at(tasks.pending, target, rtt), base)
        cluster.drop("bench", "bench_psql")
        return fresh

    def verify(self, subject):
        found = self.bench.cluster.query("bench", FINGERPRINT).strip()
        self.expected = self.expected or found
        if found != self.expected:
            raise Failed(f"{subject.name} made another schema than psql")

    def run(self):
        """Returns the rows of all subjects and networks."""
        psql = Psql(self.bench.cluster)
        subjects = [psql, self.bench.sp_host, self.bench.service, *self.bench.others]
        tasks = {}
        for subject in subjects:
            folder = os.path.join(self.bench.scratch, "install", subject.name)
            tasks[subject] = subject.tasks(folder, self.bench.options.extensions, self.bench.shape)
        rows = []
        for network, rtt in self.bench.networks():
            rows += self.run_network(network, rtt, subjects, tasks)
        return [*rows, self.list_plugins(os.path.join(self.bench.scratch, "install", "sp-host", "base"))]

    def list_plugins(self, folder):
        """What a start with nothing to do cannot do without."""
        command = self.bench.sp_host.list(folder)
        spread = Spread.of([self.bench.programs.run(command).seconds for _ in range(self.bench.options.rounds * NOOPS)])
        return {
            "network": "loopback",
            "subject": "sp-host",
            "version": self.bench.sp_host.version,
            "task": "list",
            "seconds": spread.middle,
            "low": spread.low,
            "high": spread.high,
        }

    def run_network(self, network, rtt, subjects, tasks):
        measured = {subject: Measured() for subject in subjects}
        psql = subjects[0]
        for number in range(self.bench.options.rounds):
            psql_fresh = None
            for subject in subjects:
                is_other = subject in self.bench.others
                if subject.name in self.failed or (is_other and number >= self.bench.peer_rounds(rtt)):
                    continue
                self.bench.say(f"{network}, round {number + 1}: {subject.name}")
                try:
                    run = self.run_one(subject, tasks[subject], tasks[psql], psql_fresh, rtt, measured[subject])
                except Failed as failure:
                    if not is_other:
                        raise
                    self.failed[subject.name] = str(failure)
                    print(f"bench: {subject.name} is left out: {failure}", file=sys.stderr)
                    continue
                psql_fresh = psql_fresh or run
        return [
            row
            for subject in subjects
            if subject.name not in self.failed
            for row in measured[subject].rows(network, subject)
        ]
