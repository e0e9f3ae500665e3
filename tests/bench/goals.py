# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""What is to be reached, as ratios within one run."""

from dataclasses import dataclass

NOOP_TURNS = 2
NOOP_OF_SELECT = 1.3
FRESH_LOOPBACK = 1.0
FRESH_RELAY = 0.12
CHANGED_OF_NOOP = 1.5
PREPARE_OF_PARSE = 1.3
LIST_OF_FLOOR = 1.5
EXPONENT = 1.1
GUARD_MS = 1.0


@dataclass(frozen=True)
class Goal:
    what: str
    measured: float
    limit: float
    unit: str  # "×", "ms", "turns", "MiB", "" where the text says it

    @property
    def is_reached(self):
        return self.measured <= self.limit


def find(rows, **wanted):
    return next((row for row in rows if all(row.get(key) == value for key, value in wanted.items())), None)


def of_install(results):
    rows = results["install"]
    size = results["sizes"]["install"]
    for network in dict.fromkeys(row["network"] for row in rows):
        is_relay = network != "loopback"
        fresh = find(rows, network=network, subject="sp-host", task="fresh")
        noop = find(rows, network=network, subject="sp-host", task="no-op")
        select = find(rows, network=network, subject="psql", task="no-op")
        listing = find(rows, subject="sp-host", task="list")
        limit = FRESH_RELAY if is_relay else FRESH_LOOPBACK
        yield Goal(f"fresh, {size}, {network}: of psql -1 -f", fresh["ratio"], limit, "×")
        if is_relay:
            yield Goal(f"no-op, {size}: round trips after connecting", noop["turns"], NOOP_TURNS, "turns")
        limit = NOOP_OF_SELECT * select["seconds"] + listing["seconds"]
        yield Goal(f"no-op, {size}, {network}: 1.3 × psql 'select 1' + list", noop["seconds"] * 1e3, limit * 1e3, "ms")


def of_changed(results):
    rows = results["changed"]
    for network in dict.fromkeys(row["network"] for row in rows):
        seconds = {row["task"]: row["seconds"] for row in rows if row["network"] == network}
        limit = CHANGED_OF_NOOP * seconds["no-op"] + seconds["own statements"]
        what = f"one changed of {results['sizes']['changed']}, {network}: 1.5 × no-op + own statements"
        yield Goal(what, seconds["one changed"] * 1e3, limit * 1e3, "ms")


def of_loading(results):
    for row in results["loading"]:
        yield Goal(f"{row['task']} of {row['plugins']} plugins: of {row['floor']}", row["ratio"], LIST_OF_FLOOR, "×")


def of_prepare(results):
    row = results["prepare"]
    yield Goal(f"prepare {row['statements']} statements: of the parser alone", row["ratio"], PREPARE_OF_PARSE, "×")


def of_memory(results):
    row = results["memory"]
    what = f"peak memory, {row['extensions']} extensions, {row['statements']} statements: 3 × SQL + 40 MiB"
    yield Goal(what, row["peak_kib"] / 1024, row["limit_kib"] / 1024, "MiB")


def of_growth(results):
    for row in results["growth"]:
        sizes = f"{row['sizes'][0]} to {row['sizes'][-1]}"
        yield Goal(f"growth of {row['what']} over {sizes} {row['of']}: exponent", row["exponent"], EXPONENT, "")


def of_guard(results):
    row = results["guard"][0]
    yield Goal("guard: ms a transaction", row["seconds"] * 1e3, GUARD_MS, "")


GOALS = {
    "install": of_install,
    "changed": of_changed,
    "loading": of_loading,
    "prepare": of_prepare,
    "memory": of_memory,
    "growth": of_growth,
    "guard": of_guard,
}


def judge(results):
    """[Goal] of every scenario that was run."""
    return [goal for scenario, goals in GOALS.items() if scenario in results for goal in goals(results)]
