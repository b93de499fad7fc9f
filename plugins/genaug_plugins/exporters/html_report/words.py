"""Numbers and sentences as a person reads them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genaug.data import Findings, Funnel, Verdict
from genaug.data.findings import Label

NEXT: dict[Label, str] = {
    "helps": (
        "Train on the real training samples together with the kept synthetic ones, and go on measuring on "
        "real samples alone. Look at the samples and the closest pairs below before you pass them on."
    ),
    "hurts": (
        "Do not train with these samples. Look below at what was kept: do classes look wrong, or all alike? "
        "Then train the generator longer, choose stricter selectors, or add fewer samples."
    ),
    "no measurable effect": (
        "Do not add these samples on this evidence. Either they change nothing, or the change is smaller "
        "than this run can see: the interval says how small. More seeds and more test samples narrow it; "
        "longer training or other selectors may move it."
    ),
    "not enough data to say": (
        "Decide nothing from this run. Hold out more samples for the test, or let the validator repeat the "
        "comparison with more seeds."
    ),
}
"""What to do after each verdict."""

UNASKED = (
    "No validator of this run compared training with and without the synthetic samples, so nobody knows yet "
    "whether they help. Add the validator `downstream` to the config and run it again: what was generated "
    "is re-used."
)
"""What to say where there is no verdict."""


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, signed: bool = False) -> str:
    """Return a number with three significant digits: ``0.0312``, ``1,024``, ``−0.500``."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = float(f"{abs(value):.2e}") if abs(value) < 1000 else abs(value)
    if size >= 1000 or value == round(value):
        text = f"{size:,.0f}"
    elif size >= 0.001:
        text = f"{size:.{max(0, 2 - math.floor(math.log10(size)))}f}"
    else:
        mantissa, exponent = f"{size:.2e}".split("e")
        text = f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"
    return ("−" if value < 0 else "+" if signed and value > 0 else "") + text


def alike(values: Sequence[float], signed: bool = False) -> list[str]:
    """Return numbers with as many decimals as the largest of them needs for three digits."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    if not 0.001 <= largest < 1000 or not all(map(math.isfinite, values)):
        return [number(value, signed) for value in values]
    decimals = max(0, 2 - math.floor(math.log10(largest)))
    sign = "+" if signed else ""
    return [f"{round(value, decimals) + 0.0:{sign}.{decimals}f}".replace("-", "−") for value in values]


def interval(ends: tuple[float, float] | None) -> str:
    """Return ``0.710 to 0.842``; a dash where there is none."""
    return "–" if ends is None else " to ".join(alike(ends))


def named(name: str) -> tuple[str, str]:
    """Split a finding's name, ``accuracy[real + selected]``, into what and of what, in plain letters."""
    what, bracket, of = name.replace("_", " ").partition("[")
    return what.strip(), of.removesuffix("]") if bracket else ""


def cautions(
    findings: tuple[Findings, ...], funnel: Funnel, audit: Mapping[str, Any], fit: Sequence[str]
) -> list[str]:
    """Return everything that limits the numbers, one sentence each, no sentence twice.

    `fit` holds the generator's own warnings.
    """
    near = audit.get("near_copies_across_views", 0)
    across = [
        f"{near} {'sample' if near == 1 else 'samples'} of the validation and test views nearly copy a "
        "training sample: what is measured on them may look better than it is"
    ]
    said = [
        *fit,
        *(warning for part in findings for warning in part.warnings),
        *(across if near else []),
        *audit.get("notes", ()),
        *funnel.notes,
    ]
    return list(dict.fromkeys(said))


def scale(verdict: Verdict) -> dict[str, float] | None:
    """Return where zero, the interval and the effect lie on a line, in per cent of its length."""
    low, high = verdict.interval
    if not all(map(math.isfinite, (low, high, verdict.effect))):
        return None
    reach = 1.25 * max(abs(low), abs(high), abs(verdict.effect), 1e-9)  # zero stands in the middle
    places = {"low": low, "high": high, "effect": verdict.effect}
    return {name: round(50 + 50 * value / reach, 2) for name, value in places.items()}


def few(texts: Sequence[str], most: int) -> str:
    """Return texts behind one another; of more than `most` the first, and how many more there are."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
