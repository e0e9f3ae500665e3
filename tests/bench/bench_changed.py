# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""One extension of many has a changed schema."""

import os
from dataclasses import replace

from figures import Spread
from subjects import Psql
from workload import stamp


def run(bench):
    """Rows of the same form as those of an install: "no-op", "one changed", and psql's "own statements"."""
    count, shape = bench.options.changed_of, replace(bench.shape, seeds=0)
    changed_shape = replace(shape, is_changed=True)
    folder = os.path.join(bench.scratch, "changed")
    before = bench.maker.write(os.path.join(folder, "before"), count, shape)
    after = bench.maker.write(os.path.join(folder, "after"), count, shape, {0: changed_shape})
    psql = Psql(bench.cluster)
    own = psql.file(os.path.join(folder, "own.sql"), stamp(changed_shape.schema(), 0))
    bench.say(f"one changed extension of {count}: installing")
    bench.programs.run(bench.sp_host.install(before)(bench.cluster.create("bench_base")))
    tasks = [
        ("sp-host", "no-op", bench.sp_host.install(before)),
        ("sp-host", "one changed", bench.sp_host.install(after)),
        ("psql", "own statements", own),
    ]
    rows = [row for network, rtt in bench.networks() for row in run_network(bench, network, rtt, tasks)]
    bench.cluster.drop("bench_base")
    bench.remove(folder)
    return rows


def run_network(bench, network, rtt, tasks):
    runs = {task: [] for _, task, _ in tasks}
    for number in range(bench.options.rounds):
        bench.say(f"{network}, round {number + 1}: one changed extension of {bench.options.changed_of}")
        for subject, task, command in tasks:
            # Each on a copy of its own, since each leaves its mark.
            target = bench.cluster.create("bench", "bench_base")
            runs[task].append(bench.programs.run_at(command, target, rtt))
    bench.cluster.drop("bench")
    for subject, task, _ in tasks:
        spread = Spread.of([run.seconds for run in runs[task]])
        yield {
            "network": network,
            "subject": subject,
            "task": task,
            "seconds": spread.middle,
            "low": spread.low,
            "high": spread.high,
            "rounds": len(runs[task]),
            **runs[task][-1].counts,
        }
