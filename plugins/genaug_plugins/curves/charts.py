"""Grouping of logged values into charts."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from genaug_plugins.curves.known import KNOWN, ORDER, PENALTIES, STATE, Curves

Chart = dict[str, Any]


def grouped(names: Iterable[str]) -> list[Curves]:
    """Group the logged values into charts, in the order in which they are shown.

    Values other than the known ones, in an adversarial training (one that logs ``loss_d``): every name
    without a point, or with the suffix ``.g``, is a regularizer's term, and these share a chart; so do the
    values ``owner.value`` of each owner. In another training the losses share a chart, and any other value
    has a separate one. ``step`` is not a value.
    """
    left = [name for name in names if name != "step"]
    adversarial = "loss_d" in left
    groups = []
    for curves in KNOWN:
        present = {name: words for name, words in curves.names.items() if name in left}
        if present:
            groups.append(replace(curves, names=present))
    known = {name for group in groups for name in group.names}
    others: dict[str, dict[str, str]] = {}
    for name in left:
        if name not in known:
            owner, point, _ = name.partition(".")
            if adversarial:
                title = owner if point and not name.endswith(".g") else PENALTIES.title
            else:
                title = "losses" if "loss" in name.lower() else name
            others.setdefault(title, {})[name] = _plain(name)
    return sorted(
        [*groups, *(_unknown_curves(title, lines, adversarial) for title, lines in others.items())],
        key=lambda group: ORDER.get(group.title, len(ORDER)),
    )


def _unknown_curves(title: str, lines: Mapping[str, str], adversarial: bool) -> Curves:
    if title == PENALTIES.title:
        labels = {
            name: f"{label.removesuffix('.g')}, on the generator" if label.endswith(".g") else label
            for name, label in lines.items()
        }
        return replace(PENALTIES, names=labels)
    if adversarial:
        state = {name: words.partition(".")[2] for name, words in lines.items()}
        alone = f": {next(iter(state.values()))}" if len(state) == 1 else ""  # a single line has no legend
        return Curves(f"State of {title}{alone}", STATE.format(title), state)
    return Curves(_plain(title), "", lines)


def chart(curves: Curves, lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Chart:
    """Return a chart as strict plotly JSON, without colours; non-finite values become null.

    Args:
        curves: to draw.
        lines: for each name the steps and the values at them.
    """
    shown = [value for name in curves.names for value in lines[name][1] if math.isfinite(value)]
    wide = bool(shown) and min(shown) > 0 and max(shown) > 30 * min(shown)
    data = [
        {
            "type": "scatter",
            "mode": "lines" if len(lines[name][1]) > 1 else "markers",
            "name": words,
            "x": list(lines[name][0]),
            "y": [value if math.isfinite(value) else None for value in lines[name][1]],
            "line": {"width": 1.5},
        }
        for name, words in curves.names.items()
    ]
    layout: Chart = {
        "height": 260,
        "xaxis": {"title": {"text": "training step"}},
        "showlegend": len(data) > 1,
    }
    if curves.zoomed and wide:
        layout["yaxis"] = {"type": "log", "exponentformat": "power", "dtick": 1}
    if curves.ends:
        low, high = curves.ends
        layout["yaxis"] = {"range": [low - 0.02 * (high - low), high + 0.02 * (high - low)]}
    return {"data": data, "layout": layout}


def _plain(name: str) -> str:
    return name.replace("_", " ")
