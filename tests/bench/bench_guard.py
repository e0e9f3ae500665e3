# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""What asking each transaction for what it did costs: the server's own clock of the host's function."""

import os
import time

from figures import Spread
from process import Failed

# The note before a transaction, and the question at its end.
CALLS = 2
# A session of an install reports its counters when it ends, which is after the client has gone.
END_TIMEOUT = 30

SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'"
CLOCK = "SELECT calls, total_time FROM pg_stat_user_functions WHERE funcname = 'extension_guard'"


def track(cluster, dbname):
    """Makes the server time the functions of sessions that begin from now on."""
    cluster.query("postgres", f"ALTER DATABASE {dbname} SET track_functions = 'pl'")


def read(cluster, dbname, transactions):
    """Seconds in the function, of all sessions that were there. transactions: so many there were"""
    deadline = time.monotonic() + END_TIMEOUT
    while int(cluster.query("postgres", SESSIONS.format(dbname))) > 0:
        if time.monotonic() > deadline:
            raise Failed(f"a session stayed in {dbname}")
        time.sleep(0.05)
    line = cluster.query(dbname, CLOCK).strip()
    calls, milliseconds = line.split("|") if line else (0, 0)
    if int(calls) != transactions * CALLS:
        raise Failed(f"the guard was called {calls} times for {transactions} transactions")
    return float(milliseconds) / 1e3


def run(bench):
    """One row: of a fresh install."""
    count = bench.options.extensions
    folder = os.path.join(bench.scratch, "guard")
    plugins = bench.maker.write(folder, count, bench.shape)
    # Structural and dependent DDL, and each of the others.
    transactions = count * (2 + bench.shape.migrations + bench.shape.seeds)
    each, shares = [], []
    for number in range(bench.options.rounds):
        bench.say(f"round {number + 1}: the guard in an install of {count} extensions")
        target = bench.cluster.create("bench")
        track(bench.cluster, "bench")
        whole = bench.programs.run(bench.sp_host.install(plugins)(target)).seconds
        seconds = read(bench.cluster, "bench", transactions)
        bench.cluster.drop("bench")
        each.append(seconds / transactions)
        shares.append(seconds / whole)
    bench.remove(folder)
    own, share = Spread.of(each), Spread.of(shares)
    return [
        {
            "extensions": count,
            "transactions": transactions,
            "seconds": own.middle,
            "low": own.low,
            "high": own.high,
            "share": share.middle,
            "rounds": len(each),
        }
    ]
