# SPDX-FileCopyrightText: The sp-host authors
# SPDX-License-Identifier: MIT

"""Plots as SVG, by hand. Colours come from the page's CSS classes, so that light and dark are one picture."""

import math
from html import escape

WIDTH = 720
LABEL = 150  # for names, left of the bars
VALUE = 120  # for figures, right of them
BAR = 18
STEP = 26
TOP = 30
HEIGHT = 300
MARGIN = 56


def element(name, content="", **attributes):
    """class_ and text_anchor stand for class and text-anchor. Numbers are rounded to a tenth."""
    words = []
    for key, value in attributes.items():
        text = f"{value:.1f}" if isinstance(value, float) else str(value)
        words.append(f' {key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    return f"<{name}{''.join(words)}>{content}</{name}>"


def text(content, x, y, class_="", anchor="start"):
    return element("text", escape(content), x=float(x), y=float(y), class_=class_, text_anchor=anchor)


def line(x1, y1, x2, y2, class_):
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def svg(parts, height, label):
    return element("svg", "".join(parts), viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=label)


class LogScale:
    """From values to places, by their logarithm; whole decades at both ends."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self.start, self.end = start, end

    def __call__(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def decades(self):
        return [10.0**power for power in range(self.low, self.high + 1)]


def bars(rows, label):
    """rows: [(name, value, figure, class)], with a line where the value is 1."""
    scale = LogScale([value for _, value, _, _ in rows] + [1], LABEL, WIDTH - VALUE)
    bottom = TOP + STEP * len(rows)
    parts = []
    for decade in scale.decades():
        parts.append(line(scale(decade), TOP - 6, scale(decade), bottom, "one" if decade == 1 else "grid"))
        parts.append(text(f"{decade:g} ×", scale(decade), TOP - 12, "tick", "middle"))
    for number, (name, value, figure, class_) in enumerate(rows):
        y = TOP + STEP * number
        # From the left edge, so that also what is less than 1 has a length.
        width = max(scale(value) - LABEL, 2.0)
        parts.append(text(name, LABEL - 8, y + 13, "name " + class_, "end"))
        place = {"x": LABEL, "y": y, "width": width, "height": BAR}
        parts.append(element("rect", **place, rx=2, class_="bar " + class_))
        parts.append(text(figure, LABEL + width + 6, y + 13, "figure"))
    return svg(parts, bottom + 8, label)


def curves(series, x_name, label):
    """series: [(name, [(x, seconds)])], both axes by the logarithm."""
    xs = LogScale([x for _, points in series for x, _ in points], MARGIN, WIDTH - 210)
    ys = LogScale([y * 1e3 for _, points in series for _, y in points], HEIGHT - 40, 16)
    parts = []
    for decade in ys.decades():
        parts.append(line(xs.start, ys(decade), xs.end, ys(decade), "grid"))
        mark = f"{decade:g} ms" if decade < 1000 else f"{decade / 1000:g} s"
        parts.append(text(mark, xs.start - 6, ys(decade) + 4, "tick", "end"))
    for decade in xs.decades():
        parts.append(line(xs(decade), ys.start, xs(decade), ys.end, "grid"))
        parts.append(text(f"{decade:g}", xs(decade), ys.start + 18, "tick", "middle"))
    parts.append(text(x_name, (xs.start + xs.end) / 2, HEIGHT - 4, "tick", "middle"))
    taken = []
    for number, (name, points) in enumerate(series):
        places = [(xs(x), ys(y * 1e3)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(element("polyline", points=path, class_=f"curve c{number}"))
        parts += [element("circle", cx=x, cy=y, r=3.5, class_=f"dot c{number}") for x, y in places]
        y = places[-1][1] + 4
        while any(abs(y - other) < 15 for other in taken):
            y += 15
        taken.append(y)
        parts.append(text(name, places[-1][0] + 10, y, f"label c{number}"))
    return svg(parts, HEIGHT, label)
