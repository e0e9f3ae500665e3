# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Listing plugins beside the least that it can cost; parsing beside preparing; memory."""

import json
import os
import time
from dataclasses import replace

from figures import Spread, ratio
from process import Command
from workload import Shape, list_units

ALLOWANCE_KIB = 40 << 10
SETTLED = 2.2  # seconds; what is known of a younger file is not kept, see edge/file_key.h


def run_loading(bench):
    """Rows of the two ways to list, each beside its floor."""
    count = bench.options.listed
    folder = bench.maker.write(os.path.join(bench.scratch, "loading"), count, bench.shape)
    files = bench.programs.path("files")
    remembering = bench.service.list(folder)
    time.sleep(SETTLED)
    bench.programs.run(remembering)
    pairs = [
        ("list, again", remembering, "dlopen", Command([files, "open", folder])),
        ("list", bench.sp_host.list(folder), "dlopen", Command([files, "open", folder])),
        ("list --no-load", bench.sp_host.list(folder, "--no-load"), "read 4 KiB", Command([files, "read", folder])),
    ]
    rows = []
    for task, command, floor, base_command in pairs:
        bench.say(f"{task} of {count} plugins")
        seconds, bases = [], []
        bench.programs.run(base_command)  # the files are in memory from here on
        for _ in range(bench.options.rounds):
            bases.append(bench.programs.run(base_command).seconds)
            seconds.append(bench.programs.run(command).seconds)
        own, base = Spread.of(seconds), Spread.of(bases)
        rows.append(
            {
                "task": task,
                "floor": floor,
                "plugins": count,
                "seconds": own.middle,
                "low": own.low,
                "high": own.high,
                "floor_seconds": base.middle,
                "ratio": ratio(seconds, bases),
            }
        )
    bench.remove(folder)
    return rows


def run_prepare(bench):
    """How long the parser alone takes, the parser with its answer unpacked, and the whole preparation."""
    shape = bench.shape
    count = max(1, bench.options.prepared // (shape.statements + shape.migrations + shape.seeds))
    bench.say(f"preparing {bench.options.prepared} statements")
    folder = bench.maker.write(os.path.join(bench.scratch, "prepare"), count, shape)
    command = [bench.programs.path("prepare"), bench.programs.host, folder, str(bench.options.rounds)]
    answer = json.loads(bench.programs.run(Command(command)).output)
    bench.remove(folder)
    times = {name: [one[name] for one in answer["rounds"]] for name in answer["rounds"][0]}
    return {
        "extensions": answer["extensions"],
        "statements": answer["statements"],
        **{f"{name}_seconds": Spread.of(values).middle for name, values in times.items()},
        "ratio": ratio(times["prepare"], times["parse"]),
        "ratio_unpacked": ratio(times["prepare"], times["unpack"]),
    }


def run_memory(bench):
    """The peak of one fresh install."""
    count = bench.options.memory_of
    # Twenty statements an extension, however the others are shaped.
    shape = replace(Shape(), statements=15, migrations=5, seeds=0)
    bench.say(f"memory of an install of {count} extensions")
    folder = bench.maker.write(os.path.join(bench.scratch, "memory"), count, shape)
    sql_bytes = sum(len(sql.encode()) for _, sql in list_units(count, shape))
    run = bench.programs.run(bench.sp_host.install(folder)(bench.cluster.create("bench")))
    bench.cluster.drop("bench")
    bench.remove(folder)
    return {
        "extensions": count,
        "statements": count * 20,
        "sql_kib": sql_bytes / 1024,
        "peak_kib": run.peak_kib,
        "limit_kib": 3 * sql_bytes / 1024 + ALLOWANCE_KIB,
        "seconds": run.seconds,
    }
