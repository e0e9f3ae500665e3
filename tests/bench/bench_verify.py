# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Every road to one schema, beside one fresh install of the same extensions."""

import os
from dataclasses import replace

from figures import Spread, ratio
from process import Command

# The whole database is looked at beside each migration that can be undone.
REVERSIBLE_SHARE = 10


def run(bench):
    """Rows: the roads of a set without downs, with an older release, and, of fewer, with a down for each migration."""
    count, shape = bench.options.extensions, replace(bench.shape, seeds=1)
    folder = os.path.join(bench.scratch, "verify")
    plain = bench.maker.write(os.path.join(folder, "plain"), count, shape)
    older_shape = replace(shape, migrations=max(0, shape.migrations - 1))
    older = bench.maker.write(os.path.join(folder, "older"), count, older_shape)
    few = max(1, count // REVERSIBLE_SHARE)
    reversible = bench.maker.write(os.path.join(folder, "reversible"), few, replace(shape, is_reversible=True))
    tasks = [
        ("verify", count, plain, []),
        ("verify --from", count, plain, [f"--from={older}"]),
        ("verify, a down each", few, reversible, []),
    ]
    rows = [measure(bench, *task) for task in tasks]
    bench.remove(folder)
    return rows


def measure(bench, task, count, plugins, options):
    verify = Command([bench.sp_host.host, f"--plugin-dir={plugins}", "--quiet", "verify", *options])
    seconds, bases = [], []
    for number in range(bench.options.rounds):
        bench.say(f"round {number + 1}: {task} of {count} extensions")
        target = bench.cluster.create("bench")
        bases.append(bench.programs.run(bench.sp_host.install(plugins)(target)).seconds)
        bench.cluster.drop("bench")
        seconds.append(bench.programs.run(verify).seconds)
    own, base = Spread.of(seconds), Spread.of(bases)
    return {
        "task": task,
        "extensions": count,
        "seconds": own.middle,
        "low": own.low,
        "high": own.high,
        "fresh_seconds": base.middle,
        "ratio": ratio(seconds, bases),
    }
