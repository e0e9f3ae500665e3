# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""The results as one page: plots, then the same tables as everywhere."""

from html import escape

import plot
import report

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2024; --soft: #60666d; --rule: #e2e5e8;
        --ours: #0b6bcb; --other: #a9b3bd; --yes: #1a7f37; --no: #b42318; --second: #b3541e; }
@media (prefers-color-scheme: dark) {
    :root { --paper: #14171a; --ink: #e8eaed; --soft: #9aa2aa; --rule: #2c3238;
            --ours: #58a6ff; --other: #59636e; --yes: #3fb950; --no: #ff7b72; --second: #f0a36b; }
}
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; max-width: 60rem;
       margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; }
h2 { font-size: 1.1rem; margin: 2.4rem 0 .6rem; }
.about, figcaption { color: var(--soft); font-size: .87rem; }
.about { padding-left: 1.1rem; }
figure { margin: 1.6rem 0; }
svg { width: 100%; max-width: 45rem; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); }
svg .tick { fill: var(--soft); }
svg .figure { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; }
.grid { stroke: var(--rule); }
.one { stroke: var(--soft); stroke-dasharray: 3 3; }
.bar { fill: var(--other); }
.bar.ours { fill: var(--ours); }
svg .name.ours { font-weight: 600; }
.curve { fill: none; stroke-width: 2; stroke: var(--ours); }
.dot, svg .label { fill: var(--ours); }
.curve.c1 { stroke: var(--second); }
.dot.c1, svg .label.c1 { fill: var(--second); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--soft); font-weight: 500; }
td.yes { color: var(--yes); font-weight: 600; }
td.no { color: var(--no); font-weight: 600; }
"""


def figure(picture, caption):
    return f"<figure><figcaption>{escape(caption)}</figcaption>{picture}</figure>"


def install_plots(results):
    rows = results["install"]
    for network in dict.fromkeys(row["network"] for row in rows):
        for task in ("fresh", "no-op", "one pending"):
            own = [row for row in rows if (row["network"], row["task"]) == (network, task)]
            own.sort(key=lambda row: row["ratio"])
            bars = [
                (
                    row["subject"],
                    row["ratio"],
                    f"{row['ratio']:.2f} ×, {report.milliseconds(row['seconds'])} ms",
                    "ours" if row["subject"] == "sp-host" else "",
                )
                for row in own
            ]
            caption = f"{task}, {network}: time as a multiple of psql's"
            yield figure(plot.bars(bars, caption), caption + "; the axis is logarithmic, shorter is better")


def growth_plots(results):
    rows = results["growth"]
    for of in dict.fromkeys(row["of"] for row in rows):
        series = [
            (f"{row['what']}, exponent {row['exponent']:.2f}", list(zip(row["sizes"], row["seconds"])))
            for row in rows
            if row["of"] == of
        ]
        caption = f"sp-host, by the number of {of}"
        yield figure(plot.curves(series, of, caption), caption + "; both axes are logarithmic")


PLOTS = {"install": ("Beside other tools", install_plots), "growth": ("Growth", growth_plots)}


def html_table(table):
    def cells(tag, row):
        return "".join(
            f'<{tag} class="{cell}">{cell}</{tag}>' if cell in ("yes", "no") else f"<{tag}>{escape(cell)}</{tag}>"
            for cell in row
        )

    head = f"<tr>{cells('th', table.head)}</tr>"
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in table.rows)
    notes = "".join(f'<p class="about">{escape(note)}</p>' for note in table.notes)
    return f'<h2>{escape(table.title)}</h2><div class="wide"><table>{head}{body}</table></div>{notes}'


def render(results):
    *tables, goals = report.all_tables(results)
    about = "".join(f"<li>{escape(line.splitlines()[0])}</li>" for line in report.about(results))
    parts = [f'<h1>sp-host, measured</h1><ul class="about">{about}</ul>', html_table(goals)]
    for scenario, (title, plots) in PLOTS.items():
        if scenario in results:
            parts.append(f"<h2>{title}</h2>" + "".join(plots(results)))
    parts += [html_table(table) for table in tables]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"/><title>sp-host, measured</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )
