"""Curves logged during training: their grouping into charts, titles and captions."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Chart = dict[str, Any]


@dataclass(frozen=True)
class Curves:
    """Curves that are drawn in one chart.

    Attributes:
        title: of the chart.
        caption: what it shows and how to read it; empty if unknown.
        names: of the logged values, each with the label of its line.
        zoomed: use a logarithmic axis if the values allow it.
        ends: of the axis, if the values have a natural range.
    """

    title: str
    caption: str
    names: Mapping[str, str]
    zoomed: bool = False
    ends: tuple[float, float] | None = None


_NETWORKS = {"_d": "discriminator", "_g": "generator"}
_SIDES = {".real": "on real samples", ".fake": "on fake samples"}

KNOWN = (
    Curves(
        "Distance to held-out samples",
        "Fréchet distance between generated samples and training samples that were held out. Lower is "
        "better; a minimum followed by a rise means that the generator overfits.",
        {"held_out.frechet_distance": "Fréchet distance"},
    ),
    Curves(
        "Recall of held-out samples",
        "Share of the held-out samples within the range of the generated ones. Higher is better; a fall "
        "means "
        "that the generator loses variety. It is unreliable for very few samples per class.",
        {"held_out.recall": "recall"},
        ends=(0, 1),
    ),
    Curves(
        "Losses",
        "Losses of the two networks. They should become stationary: a discriminator's loss that goes "
        "to 0 means that the generator no longer improves.",
        {f"loss{of}": network for of, network in _NETWORKS.items()},
    ),
    Curves(
        "Discriminator output",
        "Mean logits of real and of fake samples. Lines that stay close are good; lines that diverge "
        "mean that the discriminator memorizes the training samples.",
        {"real_logits": "real samples", "fake_logits": "fake samples"},
    ),
    Curves(
        "Overfitting r_t",
        "Share of real training samples that the discriminator classifies as real, minus the rest: 0 is "
        "chance, 1 "
        "is all of them. Near 1 it overfits; 0.6 is the target of adaptive augmentation.",
        {"r_t": "r_t"},
        ends=(-1, 1),
    ),
    Curves(
        "Gradients of the weights",
        "Norm of each network's gradient. It should stay within a few powers of ten: unbounded growth "
        "precedes divergence, a fall towards 0 means that training has stopped.",
        {f"gradient{of}": network for of, network in _NETWORKS.items()},
        zoomed=True,
    ),
    Curves(
        "Relative update size",
        "Change of the weights in one step relative to their norm. A rule of thumb is 0.001; ten times as "
        "much is unstable, and a falling value means convergence.",
        {f"speed{of}": network for of, network in _NETWORKS.items()},
        zoomed=True,
    ),
    Curves(
        "Gradients of the input",
        "Gradient of the discriminator's output with respect to a sample. A steep one separates single "
        "samples, "
        "which indicates memorization; penalties on the gradient reduce it.",
        {f"input_gradient{of}": side for of, side in _SIDES.items()},
        zoomed=True,
    ),
    Curves(
        "Perceptual narrowing",
        "Concentration of the discriminator's input gradient on a few positions of a sample: 0 is even, 0.5 "
        "is a "
        "single pixel, noise gives about 0.2. A rise means that it uses fewer and fewer positions.",
        {f"narrowing{of}": side for of, side in _SIDES.items()},
        ends=(0, 0.5),
    ),
    Curves(
        "Fisher information",
        "Sensitivity of the discriminator's output to its weights (Fisher information). Lower means "
        "a flatter minimum; 0 also occurs if the discriminator is certain of every sample.",
        {"fisher.trace": "sum over all weights", "fisher.mean": "mean of a weight"},
        zoomed=True,
    ),
)
"""The charts of known values."""

PENALTIES = Curves(
    "Penalties",
    "Weighted term that each regularizer adds to a loss. It should stay well below the losses: "
    "a larger penalty prevents the networks from training.",
    {},
    zoomed=True,
)
STATE = (
    "Value that the regularizer {} adapts during training, and the measure it uses. If it stays at the "
    "end of its range for long, change its settings."
)
ORDER = {curves.title: place for place, curves in enumerate((*KNOWN[:3], PENALTIES, *KNOWN[3:]))}
"""Order of the known charts; others follow."""


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
            others.setdefault(_chart_of(name, adversarial), {})[name] = _plain(name)
    return sorted(
        [*groups, *(_described(title, lines, adversarial) for title, lines in others.items())],
        key=lambda group: ORDER.get(group.title, len(ORDER)),
    )


def _chart_of(name: str, adversarial: bool) -> str:
    owner, point, _ = name.partition(".")
    if adversarial:
        return owner if point and not name.endswith(".g") else PENALTIES.title
    return "losses" if "loss" in name.lower() else name


def _described(title: str, lines: Mapping[str, str], adversarial: bool) -> Curves:
    if title == PENALTIES.title:
        return replace(PENALTIES, names={name: _term(words) for name, words in lines.items()})
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


def _term(words: str) -> str:
    return f"{words.removesuffix('.g')}, on the generator" if words.endswith(".g") else words


def _plain(name: str) -> str:
    return name.replace("_", " ")
