"""The known values that trainings log, with titles and captions of their charts."""

from collections.abc import Mapping
from dataclasses import dataclass


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
