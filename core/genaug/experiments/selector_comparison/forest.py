"""A forest plot of the gains, as an SVG that needs nothing beside it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genaug.data.comparison import EVERYTHING, RANDOM, REAL, Comparison, Gain

ROW, PANEL, GAP, TOP = 24, 230, 24, 64
LETTER = 7.2
"""Pixels of a letter of a name, at most."""
TICKS = 4
"""Steps of an axis at most, from its middle to an end."""


@dataclass(frozen=True)
class Bar:
    """Hold what is drawn of one gain: its ends and middle in pixels, a kind for its colour, its words."""

    y: float
    low: float
    middle: float
    high: float
    kind: str
    said: str


@dataclass(frozen=True)
class Panel:
    """Hold one column of the plot: its title, its left edge, where 0 is, ticks and bars."""

    title: str
    x: float
    zero: float
    ticks: Sequence[tuple[float, str]]
    bars: Sequence[Bar]


def forest(comparison: Comparison) -> str | None:
    """Return the plot of the gains on the test view, a contender a row; None where there are none."""
    rows = [row for row in comparison.rows if row.test_gains]
    if not rows:
        return None
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    left = 20 + LETTER * max(len(row.name) for row in rows)
    reach = max(abs(end) for row in rows for gain in row.test_gains for end in gain.interval) or 1.0
    step = _step(reach)
    reach = math.ceil(reach / step) * step
    panels = []
    for index, over in enumerate((EVERYTHING, RANDOM, REAL)):
        x = left + index * (PANEL + GAP)
        gains = [(TOP + ROW * number, row.gain(over)) for number, row in enumerate(rows)]
        bars = [_bar(y, gain, x, reach) for y, gain in gains if gain is not None]
        ticks = [(_at(value, x, reach), f"{value:+.3g}" if value else "0") for value in _ticks(reach, step)]
        panels.append(Panel(f"over {over}", x, _at(0, x, reach), ticks, bars))
    folder = Path(__file__).parent
    template = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template("forest.svg.j2")
    names = [
        (TOP + ROW * number, row.name, row.name == comparison.recommended) for number, row in enumerate(rows)
    ]
    return template.render(
        width=round(left + 3 * (PANEL + GAP)),
        height=TOP + ROW * len(rows) + 24,
        top=TOP - ROW / 2,
        bottom=TOP + ROW * (len(rows) - 0.5),
        left=left,
        panel=PANEL,
        metric=comparison.metric,
        names=names,
        panels=panels,
    )


def _bar(y: float, gain: Gain, x: float, reach: float) -> Bar:
    low, high = gain.interval
    kind = "better" if low > 0 else "worse" if high < 0 else "unclear"
    said = f"{gain.value:+.3f} over {gain.over}, 95 % interval {low:+.3f} to {high:+.3f}"
    return Bar(y, _at(low, x, reach), _at(gain.value, x, reach), _at(high, x, reach), kind, said)


def _at(value: float, x: float, reach: float) -> float:
    return round(x + PANEL * (value + reach) / (2 * reach), 1)


def _ticks(reach: float, step: float) -> Iterator[float]:
    count = round(reach / step)
    return (round(number * step, 10) for number in range(-count, count + 1))


def _step(reach: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that takes few enough steps."""
    power = 10.0 ** math.floor(math.log10(reach / TICKS))
    return next((power * n for n in (1, 2, 5) if reach <= TICKS * power * n), power * 10)
