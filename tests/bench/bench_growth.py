# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""How sp-host grows with the number of extensions, of listed plugins, and of rows in the ledger."""

import os
import time

from bench_loading import SETTLED
from figures import Spread, exponent

REPEATS = 3
LONG = 5  # seconds; what takes longer is not repeated
TAIL = 3  # the largest sizes, whose slope says more about what is to come

FILL_LEDGER = """
INSERT INTO extension_migrations (id, extension_id, version, name, checksum, applied_at)
SELECT 'gone' || n / 100 || '_' || lpad((n % 100 + 1)::text, 3, '0'), 'gone' || n / 100, n % 100 + 1,
    'gone', repeat('0', 64), now()
FROM generate_series((SELECT count(*) FROM extension_migrations), {rows} - 1) AS n ON CONFLICT DO NOTHING
"""


def measure(bench, command):
    seconds = [bench.programs.run(command).seconds]
    while len(seconds) < REPEATS and seconds[0] < LONG:
        seconds.append(bench.programs.run(command).seconds)
    return Spread.of(seconds)


def row(what, of, points):
    sizes = [size for size, _ in points]
    values = [(size, spread.middle) for size, spread in points]
    return {
        "what": what,
        "of": of,
        "sizes": sizes,
        "seconds": [value for _, value in values],
        "low": [spread.low for _, spread in points],
        "high": [spread.high for _, spread in points],
        "exponent": exponent(values),
        "tail": exponent(values[-TAIL:]),
    }


def grow_extensions(bench):
    fresh, noop = [], []
    for count in bench.options.growth:
        bench.say(f"growth: {count} extensions")
        folder = bench.maker.write(os.path.join(bench.scratch, f"growth-{count}"), count, bench.shape)
        install = bench.sp_host.install(folder)
        target = bench.cluster.create("bench")
        fresh.append((count, Spread.of([bench.programs.run(install(target)).seconds])))
        noop.append((count, measure(bench, install(target))))
        bench.remove(folder)
    bench.cluster.drop("bench")
    return [row("fresh install", "extensions", fresh), row("no-op", "extensions", noop)]


def grow_plugins(bench):
    host, service = bench.sp_host, bench.service
    points = {"list, again": [], "list": [], "list --no-load": []}
    for count in bench.options.growth_listed:
        bench.say(f"growth: {count} listed plugins")
        folder = bench.maker.write(os.path.join(bench.scratch, f"growth-{count}"), count, bench.shape)
        points["list"].append((count, measure(bench, host.list(folder))))
        points["list --no-load"].append((count, measure(bench, host.list(folder, "--no-load"))))
        time.sleep(SETTLED)
        bench.programs.run(service.list(folder))
        points["list, again"].append((count, measure(bench, service.list(folder))))
        bench.remove(folder)
    return [row(task, "plugins", values) for task, values in points.items()]


def grow_ledger(bench):
    count = bench.options.extensions
    folder = bench.maker.write(os.path.join(bench.scratch, "ledger"), count, bench.shape)
    install = bench.sp_host.install(folder)(bench.cluster.create("bench"))
    bench.programs.run(install)
    noop = []
    for rows in bench.options.growth_ledger:
        bench.say(f"growth: {rows} rows in the ledger")
        bench.cluster.query("bench", FILL_LEDGER.format(rows=rows), "VACUUM ANALYZE extension_migrations")
        noop.append((rows, measure(bench, install)))
    bench.cluster.drop("bench")
    bench.remove(folder)
    return [row("no-op", "ledger rows", noop)]


PARTS = (grow_extensions, grow_plugins, grow_ledger)
