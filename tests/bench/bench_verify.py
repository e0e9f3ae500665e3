# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Every road to one schema, beside one fresh install of the same extensions."""

import os
from dataclasses import replace

from figures import Spread, ratio
from process import Command


def run(bench):
    """Rows: the roads of a set without downs, with an older release, and with a down for each migration."""
    count, shape = bench.options.extensions, replace(bench.shape, seeds=1)
    folder = os.path.join(bench.scratch, "verify")
    plain = bench.maker.write(os.path.join(folder, "plain"), count, shape)
    older_shape = replace(shape, migrations=max(0, shape.migrations - 1))
    older = bench.maker.write(os.path.join(folder, "older"), count, older_shape)
    reversible = bench.maker.write(os.path.join(folder, "reversible"), count, replace(shape, is_reversible=True))
    tasks = [
        ("verify", plain, []),
        ("verify --from", plain, [f"--from={older}"]),
        ("verify, all reversible", reversible, []),
    ]
    rows = [measure(bench, *task) for task in tasks]
    bench.remove(folder)
    return rows


def measure(bench, task, plugins, options):
    verify = Command([bench.sp_host.host, f"--plugin-dir={plugins}", "--quiet", "verify", *options])
    seconds, bases = [], []
    for number in range(bench.options.rounds):
        bench.say(f"round {number + 1}: {task} of {bench.options.extensions} extensions")
        target = bench.cluster.create("bench")
        bases.append(bench.programs.run(bench.sp_host.install(plugins)(target)).seconds)
        bench.cluster.drop("bench")
        seconds.append(bench.programs.run(verify).seconds)
    own, base = Spread.of(seconds), Spread.of(bases)
    return {
        "task": task,
        "extensions": bench.options.extensions,
        "seconds": own.middle,
        "low": own.low,
        "high": own.high,
        "fresh_seconds": base.middle,
        "ratio": ratio(seconds, bases),
    }
