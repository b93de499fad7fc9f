"""What is logged while a generator trains: which curves belong together, and what they tell a person."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Chart = dict[str, Any]


@dataclass(frozen=True)
class Curves:
    """Hold curves that are drawn on one chart.

    Attributes:
        title: of the chart.
        caption: what it shows, and what is good or bad; empty where that is not known.
        names: of the logged values, each with the words for its line.
        zoomed: draw over a logarithmic axis where the values allow it.
        ends: of the axis, where every value lies between two that mean something.
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
        "better; where it turns and rises again, the generator has begun to overfit.",
        {"held_out.frechet_distance": "Fréchet distance"},
    ),
    Curves(
        "Recall of held-out samples",
        "Share of the held-out samples that lie among the generated ones. Higher is better; a fall means "
        "that the generator makes less and less variety. Over a handful of samples a class it says little.",
        {"held_out.recall": "recall"},
        ends=(0, 1),
    ),
    Curves(
        "Losses",
        "What the two networks play for. They should settle into a hover: a discriminator's loss that goes "
        "to 0 means that the generator learns nothing any more.",
        {f"loss{of}": network for of, network in _NETWORKS.items()},
    ),
    Curves(
        "What the discriminator says",
        "Its mean answer to real and to fake samples. Two lines that stay near one another are good; two "
        "that part ever further mean that it knows the training samples by heart.",
        {"real_logits": "to real samples", "fake_logits": "to fake samples"},
    ),
    Curves(
        "Overfitting r_t",
        "How many more real training samples the discriminator calls real than fake: 0 is a coin's toss, 1 "
        "is every one. Near 1 it overfits; 0.6 is what adaptive augmentation aims at.",
        {"r_t": "r_t"},
        ends=(-1, 1),
    ),
    Curves(
        "Gradients of the weights",
        "Norm of each network's gradient. It should stay within a few powers of ten: growth without end "
        "comes before divergence, a fall towards 0 means that nothing is learned.",
        {f"gradient{of}": network for of, network in _NETWORKS.items()},
        zoomed=True,
    ),
    Curves(
        "Speed of learning",
        "How much of their own size the weights change in one step. A rule of thumb is 0.001; ten times as "
        "much is restless, and a speed that falls says that the network settles.",
        {f"speed{of}": network for of, network in _NETWORKS.items()},
        zoomed=True,
    ),
    Curves(
        "Gradients of the input",
        "How steeply the discriminator's answer changes with a sample. A steep one tells single samples "
        "apart, as a discriminator does that learns them by heart; penalties on the gradient hold it down.",
        {f"input_gradient{of}": side for of, side in _SIDES.items()},
        zoomed=True,
    ),
    Curves(
        "Perceptual narrowing",
        "How concentrated the discriminator's attention is on a few places of a sample: 0 is even, 0.5 is a "
        "single pixel, noise gives about 0.2. A rise means that it looks at less and less.",
        {f"narrowing{of}": side for of, side in _SIDES.items()},
        ends=(0, 0.5),
    ),
    Curves(
        "Fisher information",
        "How sharply the discriminator's answers hang on its weights. Lower means a "
        "flatter, calmer training; 0 also comes of a discriminator that is certain of everything.",
        {"fisher.trace": "sum over all weights", "fisher.mean": "mean of a weight"},
        zoomed=True,
    ),
)
"""What is known by name."""

PENALTIES = Curves(
    "Penalties",
    "What each regularizer adds to a loss, its weight included. It should stay well below the losses: "
    "a penalty that outweighs them keeps the networks from learning.",
    {},
    zoomed=True,
)
STATE = (
    "What the regularizer {} sets as it watches the training, and what it goes by. Where it stands at the "
    "end of its range for long, it wants another setting."
)
ORDER = {curves.title: place for place, curves in enumerate((*KNOWN[:3], PENALTIES, *KNOWN[3:]))}
"""Where the charts stand that are known; others come behind them."""


def grouped(names: Iterable[str]) -> list[Curves]:
    """Return which of the logged values are drawn together, in the order in which they are shown.

    Beside what is known by name, in an adversarial training (one that logs ``loss_d``): every name
    without a point, or with ``.g`` behind it, is a regularizer's term, and these share a chart; so do
    the values ``owner.value`` of each owner. In another training the losses share a chart, and any
    other value has one of its own. ``step`` is no value.
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
        alone = f": {next(iter(state.values()))}" if len(state) == 1 else ""  # such a chart has no legend
        return Curves(f"State of {title}{alone}", STATE.format(title), state)
    return Curves(_plain(title), "", lines)


def chart(curves: Curves, lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Chart:
    """Return a chart as strict plotly JSON, without colours: what is not finite is missing.

    Args:
        curves: what is drawn.
        lines: under each name the steps and the values at them.
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
