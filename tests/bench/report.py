# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The results as tables: for a terminal, and as Markdown."""

from dataclasses import dataclass

import goals

DIGITS = {"×": 2, "ms": 1, "turns": 0, "MiB": 1, "": 2}


@dataclass(frozen=True)
class Table:
    title: str
    head: list
    rows: list  # of texts
    notes: tuple = ()


def quantity(value, unit):
    return f"{value:.{DIGITS[unit]}f}" + (f" {unit}" if unit else "")


def milliseconds(seconds):
    return f"{seconds * 1e3:.1f}" if seconds < 0.1 else f"{seconds * 1e3:.0f}"


def spread(row):
    return f"{milliseconds(row['low'])}–{milliseconds(row['high'])}"


def goal_table(results):
    rows = []
    for goal in goals.judge(results):
        measured, limit = quantity(goal.measured, goal.unit), quantity(goal.limit, goal.unit)
        rows.append([goal.what, measured, f"≤ {limit}", "yes" if goal.is_reached else "no"])
    return Table("Goals", ["what", "measured", "goal", "reached"], rows)


def network_table(title, rows, has_ratio):
    has_counts = any("turns" in row for row in rows)
    head = ["who", "version", "task", "ms", "min–max"] + ["× psql"] * has_ratio
    head += ["turns", "connections", "KiB"] * has_counts
    cells = []
    for row in rows:
        line = [row["subject"], row.get("version", ""), row["task"], milliseconds(row["seconds"]), spread(row)]
        if has_ratio:
            line.append(f"{row['ratio']:.2f}" if "ratio" in row else "–")
        if has_counts and "turns" in row:
            kib = (row["bytes_up"] + row["bytes_down"]) / 1024
            line += [f"{row['start_turns']} + {row['turns']}", str(row["connections"]), f"{kib:.0f}"]
        elif has_counts:
            line += ["–"] * 3
        cells.append(line)
    notes = ("Turns: until the first ReadyForQuery + after it, of all connections.",) if has_counts else ()
    return Table(title, head, cells, notes)


def network_tables(results, scenario, title, has_ratio):
    rows = results[scenario]
    for network in dict.fromkeys(row["network"] for row in rows):
        own = [row for row in rows if row["network"] == network]
        if has_ratio:
            order = {task: place for place, task in enumerate(["fresh", "no-op", "one pending", "list"])}
            own.sort(key=lambda row: (order[row["task"]], row["seconds"]))
        yield network_table(f"{title}, {network}", own, has_ratio)


def install_tables(results):
    yield from network_tables(results, "install", f"Install of {results['sizes']['install']}", True)


def changed_tables(results):
    yield from network_tables(results, "changed", f"One changed extension of {results['sizes']['changed']}", False)


def loading_tables(results):
    rows = []
    for row in results["loading"]:
        floor = [row["floor"], milliseconds(row["floor_seconds"]), f"{row['ratio']:.2f}"]
        rows.append([row["task"], milliseconds(row["seconds"]), spread(row), *floor])
    title = f"Listing {results['loading'][0]['plugins']} plugins"
    yield Table(title, ["task", "ms", "min–max", "floor", "ms", "× floor"], rows)


def prepare_tables(results):
    row = results["prepare"]
    unpacked = row["unpack_seconds"] / row["parse_seconds"]
    rows = [
        ["pg_query_parse_protobuf", milliseconds(row["parse_seconds"]), "1.00"],
        ["the same, unpacked into a tree", milliseconds(row["unpack_seconds"]), f"{unpacked:.2f}"],
        ["the whole preparation", milliseconds(row["prepare_seconds"]), f"{row['ratio']:.2f}"],
    ]
    yield Table(f"Preparing {row['statements']} statements", ["what", "ms", "× parser"], rows)


def memory_tables(results):
    row = results["memory"]
    sizes = [f"{row[name] / 1024:.1f}" for name in ("sql_kib", "peak_kib")]
    rows = [[str(row["extensions"]), str(row["statements"]), *sizes]]
    yield Table("Peak memory of a fresh install", ["extensions", "statements", "MiB of SQL", "MiB at most"], rows)


def growth_tables(results):
    rows = []
    for row in results["growth"]:
        points = ", ".join(f"{size}: {milliseconds(value)}" for size, value in zip(row["sizes"], row["seconds"]))
        rows.append([row["what"], row["of"], points, f"{row['exponent']:.2f}", f"{row['tail']:.2f}"])
    notes = ("The exponent of the best fit over all sizes, and over the largest three.",)
    yield Table("Growth", ["what", "with", "size: ms", "exponent", "of the largest"], rows, notes)


def verify_tables(results):
    rows = []
    for row in results["verify"]:
        figures = [milliseconds(row["seconds"]), spread(row), milliseconds(row["fresh_seconds"]), f"{row['ratio']:.1f}"]
        rows.append([row["task"], str(row["extensions"]), *figures])
    yield Table("Every road to one schema", ["what", "extensions", "ms", "min–max", "fresh install, ms", "× fresh"], rows)


def guard_tables(results):
    row = results["guard"][0]
    each, low, high = (f"{row[name] * 1e3:.2f}" for name in ("seconds", "low", "high"))
    cells = [str(row["extensions"]), str(row["transactions"]), each, f"{low}–{high}", f"{row['share'] * 100:.0f} %"]
    notes = ("The function alone, by the server's clock: not what is set around it, nor the comparison of its text.",)
    head = ["extensions", "transactions", "ms a transaction", "min–max", "of the install"]
    yield Table("The guard in a fresh install", head, [cells], notes)


TABLES = {
    "install": install_tables,
    "changed": changed_tables,
    "loading": loading_tables,
    "prepare": prepare_tables,
    "memory": memory_tables,
    "growth": growth_tables,
    "verify": verify_tables,
    "guard": guard_tables,
}


def all_tables(results):
    tables = [table for scenario, make in TABLES.items() if scenario in results for table in make(results)]
    return [*tables, goal_table(results)]


def about(results):
    """Lines that say under which conditions it was measured."""
    yield from (f"{name}: {value}" for name, value in results["conditions"].items())
    yield from (f"absent: {name}: {reason}" for name, reason in results["absent"].items())
    yield from (f"failed: {name}: {reason}" for name, reason in results["failed"].items())


def as_text(results):
    lines = []
    for table in all_tables(results):
        widths = [max(len(cell) for cell in column) for column in zip(table.head, *table.rows)]
        lines += ["", table.title]
        for row in [table.head, *table.rows]:
            lines.append("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        lines += [f"  {note}" for note in table.notes]
    return "\n".join([*about(results), *lines]) + "\n"


def as_markdown(results):
    lines = [f"- {line.splitlines()[0]}" for line in about(results)]
    for table in all_tables(results):
        lines += ["", f"### {table.title}", ""]
        lines += ["| " + " | ".join(table.head) + " |", "|" + "---|" * len(table.head)]
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table.rows]
        lines += [f"\n{note}" for note in table.notes]
    return "\n".join(lines) + "\n"
