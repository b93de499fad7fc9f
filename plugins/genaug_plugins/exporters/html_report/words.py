"""Numbers and sentences in human-readable form."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genaug.data import Finding, Findings, Funnel, Verdict
from genaug.data.findings import Label

NEXT: dict[Label, str] = {
    "helps": (
        "Train on the real training samples together with the kept synthetic ones, and keep evaluating on "
        "real samples only. Inspect the samples and the closest pairs below before you share them."
    ),
    "hurts": (
        "Do not train with these samples. Inspect the kept samples below: do classes look wrong, or all the "
        "same? "
        "Then train the generator longer, choose stricter selectors, or add fewer samples."
    ),
    "no measurable effect": (
        "It is not shown that the synthetic samples are better than every cheap baseline, nor that they are "
        "worse than plain real data. The training set named here is the best as far as these data tell. More "
        "seeds and more test samples narrow the intervals; longer training or other selectors may change the "
        "effect."
    ),
    "not enough data to say": (
        "Draw no conclusion from this run. Use more test samples, or let the validator repeat the "
        "comparison with more seeds."
    ),
}
"""What to do after each verdict."""
LIMITS = {
    "ceiling": (
        "The real training samples alone are enough for these test samples, so that they cannot show what "
        "synthetic ones are worth. To find that out, take fewer training samples "
        "(`split: {train_counts: …}`), or harder test samples: other conditions, rarer or finer classes."
    ),
    "chance": (
        "No training set is clearly better than always guessing the same class, so that more samples of the "
        "same kind cannot help, either. Check the labels; look whether the samples show what tells the "
        "classes apart; name a stronger model or another extractor; add real samples."
    ),
}
"""What to do where the comparison can hardly show anything."""

GLOSSARY = (
    ("Arm, training set", "What the task's model is trained on: real samples alone, or with others added."),
    (
        "Baseline",
        "A training set without synthetic samples that is as cheap: the real samples alone, the same "
        "repeated, or changed classically (mirrored, shifted, or with noise). The verdict names them all.",
    ),
    ("Candidate", "A synthetic sample. Selectors keep or drop each one."),
    (
        "Judge",
        "A model that is trained on real training samples only, and scores candidates: how probable is their "
        "class? It is the task's kind of model, but not the one that is measured.",
    ),
    ("Seed", "One fit of a model. Fits are repeated with other seeds, since training is random."),
    (
        "95 % interval",
        "The range in which the true value is expected, over other fits and other test samples. If that of a "
        "difference contains 0, there may be none.",
    ),
    ("Reference", "The same value measured with real data alone. It says what can be reached."),
    ("p", "How probable so large a difference would be, if there were none."),
)
"""Words of the page that need an explanation."""

UNASKED = (
    "No validator of this run compared training with and without the synthetic samples, so it is unknown "
    "whether they help. Add the validator `downstream` to the config and run it again: the generated samples "
    "are reused."
)
"""Text shown if there is no verdict."""


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
    """Split a finding's name, ``accuracy[real + selected]``, into measure and arm, without underscores."""
    what, bracket, of = name.replace("_", " ").partition("[")
    return what.strip(), of.removesuffix("]") if bracket else ""


def titled(finding: Finding) -> tuple[str, str]:
    """Return the measure and the arm of a finding in plain words."""
    if not finding.title:
        return named(finding.name)
    what, bracket, of = finding.title.partition("[")
    return what, of.removesuffix("]") if bracket else ""


def cautions(
    findings: tuple[Findings, ...], funnel: Funnel, audit: Mapping[str, Any], fit: Sequence[str]
) -> list[str]:
    """Return all warnings, one sentence each, without duplicates. `fit` contains the generator's own
    warnings.
    """
    near = audit.get("near_copies_across_views", 0)
    across = [
        f"{near} {'sample' if near == 1 else 'samples'} of the validation and test views nearly copy a "
        "training sample: results on them may be too optimistic"
    ]
    said = [
        *fit,
        *(warning for part in findings for warning in part.warnings),
        *(across if near else []),
        *audit.get("notes", ()),
        *funnel.warnings,
    ]
    return list(dict.fromkeys(said))


def remarks(findings: tuple[Findings, ...], funnel: Funnel) -> list[str]:
    """Return what selectors and validators remark, one sentence each, without duplicates."""
    return list(dict.fromkeys((*funnel.remarks, *(remark for part in findings for remark in part.remarks))))


def scale(verdict: Verdict) -> dict[str, float] | None:
    """Return the positions of the interval and the effect on a line, in per cent of its length; zero is at
    50.
    """
    low, high = verdict.interval
    if not all(map(math.isfinite, (low, high, verdict.effect))):
        return None
    reach = 1.25 * max(abs(low), abs(high), abs(verdict.effect), 1e-9)  # zero is in the middle
    places = {"low": low, "high": high, "effect": verdict.effect}
    return {name: round(50 + 50 * value / reach, 2) for name, value in places.items()}


def few(texts: Sequence[str], most: int) -> str:
    """Return texts joined by commas: the first `most` and the number of the others."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
