"""The findings of the stability bound."""

from collections.abc import Iterator

import numpy as np

from genaug.data import Finding
from genaug_plugins.validators.stability_bound.bound import SOURCE, Bound
from genaug_plugins.validators.stability_bound.stability import Measured

LOSS = "loss 1 − p(true class), the expected 0-1 loss of a draw from the probabilities: M = 1"


def stability_findings(stability: Measured) -> Iterator[Finding]:
    """Yield β of each training set."""
    for arm, changes in stability.changes.items():
        yield Finding(
            name=f"stability[{arm}]",
            value=changes.mean,
            better="lower",
            interval=changes.interval,
            n=changes.repetitions,
            note=f"β at {changes.size} samples: mean change of the loss on validation samples when one "
            "training sample is replaced, an average; the theorem uses a supremum (largest value "
            f"{changes.largest:.3g}); interval over repetitions; {LOSS}",
        )


def bound_findings(bound: Bound, kept: int) -> Iterator[Finding]:
    """Yield the terms of the bound for `kept` synthetic samples, its values, and where it turns."""
    terms = bound.at(float(kept))
    by_name = {name: float(value) for name, value in terms.by_name().items()}
    dominant = max(by_name, key=by_name.__getitem__)
    total, alone = float(terms.total), float(bound.total(0.0))
    sizes = f"m_S = {bound.real}, m_G = {kept}"
    for name, value in by_name.items():
        said = "the dominant one; " if name == dominant else ""
        yield Finding(name=f"term[{name}]", value=value, better="lower", note=f"{said}{sizes}; {SOURCE}")
    yield Finding(
        name="term[generator, at most]",
        value=float(terms.generator_at_most),
        better="lower",
        note="m_S·log m_S·M·T/m_T for T = 1: T is not measured, between 0 and 1; not in the sums; " + SOURCE,
    )
    beyond = "; above M: vacuous with constants of 1" if total > bound.loss_bound else ""
    p = bound.stability.exponent
    yield Finding(
        name="bound[real]", value=alone, better="lower", note=f"m_S = {bound.real}, m_G = 0; {SOURCE}"
    )
    yield Finding(
        name="bound[real + selected]",
        value=total,
        better="lower",
        reference=alone,
        note=f"{sizes}, T left out; {dominant} dominates{beyond}; {SOURCE}",
    )
    yield Finding(
        name="bound[infinite synthetic data]",
        value=bound.limit(),
        better="lower",
        reference=alone,
        note=f"M·d_TV, if β falls with the size; here β ∝ size^−{p:.2g}; {SOURCE}",
    )
    even = bound.break_even()
    yield Finding(
        name="break_even",
        value=np.inf if even is None else even,
        better="lower",
        note="synthetic samples from which the bound is no larger than that of real data alone"
        + (" (none up to a million times the real ones); " if even is None else "; ")
        + f"AT LEAST, as d_TV is a lower bound; {SOURCE}",
    )
    counts = {"peak": 0, "valley": 0}
    said_of = {
        "peak": "synthetic samples from which more lower the bound; up to there each raises it",
        "valley": "synthetic samples from which more raise the bound again",
    }
    for at, sort in bound.turns():
        counts[sort] += 1
        number = "" if counts[sort] == 1 else f" {counts[sort]}"
        yield Finding(name=f"turn[{sort}{number}]", value=at, note=f"{said_of[sort]}; {SOURCE}")
