"""Forest plots of differences, as an SVG that needs no other file."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from genaug.experiments.pages import rendered
from genaug.experiments.results import Better, Estimate

ROW, WIDTH, GAP, TOP = 24, 230, 24, 64
LETTER = 7.2
"""Largest width of a letter, in pixels."""
TICKS = 4
"""Most steps of an axis, from its middle to an end."""


@dataclass(frozen=True)
class Panel:
    """A column of a plot.

    Attributes:
        title: of the column.
        differences: by arm; arms without one have an empty row.
        better: whether lower or higher is better.
    """

    title: str
    differences: Mapping[str, Estimate]
    better: Better = "higher"


def forest(
    panels: Sequence[Panel], title: str, one_scale: bool = False, emphasized: str | None = None
) -> str | None:
    """Return the plot of differences with intervals, one row for each arm; None where there are none.

    Args:
        panels: its columns. Differences without an interval are not drawn.
        title: above it, in plain text.
        one_scale: all panels have one unit, so they share their scale.
        emphasized: the arm whose name is bold.
    """
    drawn = [
        {arm: one for arm, one in panel.differences.items() if one.interval and math.isfinite(one.mean)}
        for panel in panels
    ]
    arms = list(dict.fromkeys(arm for panel in panels for arm in panel.differences))
    arms = [arm for arm in arms if any(arm in part for part in drawn)]
    if not arms:
        return None
    left = 20 + LETTER * max(map(len, arms))
    # The largest distance of an interval's end from 0.
    reaches = [
        max((abs(end) for one in part.values() for end in one.interval or ()), default=0.0) or 1.0
        for part in drawn
    ]
    if one_scale:
        reaches = [max(reaches)] * len(reaches)
    columns = []
    for index, (panel, part, reach) in enumerate(zip(panels, drawn, reaches, strict=True)):
        x, step = left + index * (WIDTH + GAP), _step(reach)
        count = math.ceil(reach / step)
        reach = count * step
        columns.append(
            {
                "title": panel.title,
                "x": x,
                "zero": _at(0, x, reach),
                "ticks": [
                    (_at(value, x, reach), f"{value:+.3g}" if value else "0")
                    for value in (round(number * step, 10) for number in range(-count, count + 1))
                ],
                "bars": [
                    _bar(TOP + ROW * arms.index(arm), one, panel.better, x, reach)
                    for arm, one in part.items()
                ],
            }
        )
    return rendered(
        "forest.svg.j2",
        title=title,
        width=round(left + len(panels) * (WIDTH + GAP)),
        height=TOP + ROW * len(arms) + 24,
        top=TOP - ROW / 2,
        bottom=TOP + ROW * (len(arms) - 0.5),
        left=left,
        names=[(TOP + ROW * row, arm, arm == emphasized) for row, arm in enumerate(arms)],
        panels=columns,
    )


def _bar(y: float, one: Estimate, better: Better, x: float, reach: float) -> dict[str, object]:
    assert one.interval is not None
    low, high = one.interval
    outcome = one.outcome(better)
    return {
        "y": y,
        "low": _at(low, x, reach),
        "middle": _at(one.mean, x, reach),
        "high": _at(high, x, reach),
        "kind": outcome if outcome in ("better", "worse") else "unclear",
        "said": f"{one.mean:+.3g}, 95 % interval {low:+.3g} to {high:+.3g}",
    }


def _at(value: float, x: float, reach: float) -> float:
    return round(x + WIDTH * (value + reach) / (2 * reach), 1)


def _step(reach: float) -> float:
    """Return the smallest of 1, 2 and 5 times a power of ten that takes few enough steps."""
    power = 10.0 ** math.floor(math.log10(reach / TICKS))
    return next((power * n for n in (1, 2, 5) if reach <= TICKS * power * n), power * 10)
