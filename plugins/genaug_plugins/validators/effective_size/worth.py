"""The worth of a synthetic sample in real ones, by the learning curve."""

import math

import numpy as np

from genaug.data import Finding
from genaug_plugins.validators.effective_size.curve import Curve


def worth(curve: Curve, resamples: int, rng: np.random.Generator) -> tuple[list[Finding], list[str]]:
    """Return the worth of a synthetic sample, or its bounds, and warnings.

    Args:
        curve: the learning curve, with the errors of real + selected.
        resamples: of the bootstrap.
        rng: of the bootstrap.
    """
    law = curve.fitted()
    low, high = curve.interval(resamples, rng)
    if math.isinf(low) and math.isinf(high) and low < 0 < high:
        said = (
            "no effective size: from fewer than the smallest subset to more than "
            f"{curve.farthest:g} times the training view, every m* is compatible with the errors; more "
            "test samples, more seeds or more candidates narrow it"
        )
        return [], [said]
    samples = curve.worth_in_samples(law)
    bound, ends = "", (curve.sizes[0], curve.farthest * curve.sizes[-1])
    if math.isinf(samples):
        bound, samples = ("[at least]", ends[1]) if samples > 0 else ("[at most]", ends[0])
    infinite = "; infinite end: beyond the extrapolated range" if math.isinf(high - low) else ""
    low, high = min(low, ends[1]), max(high, ends[0])  # an interval beyond a bound ends at it
    m_S = curve.sizes[-1]
    warnings = []
    if bound:
        where = (
            f"beyond {curve.farthest:g} times the training view"
            if bound == "[at least]"
            else f"below the smallest subset, {ends[0]:.0f} real samples"
        )
        warnings.append(f"real + selected is worth a number of real samples {where}: only a bound is given")
    fit = f"err(m) = {law.a:.3g}·m^−{law.c:.2f} + {law.b:.3g} over {len(curve.sizes)} sizes"
    how = "extrapolated; " if samples > m_S else ""
    note = (
        f"{how}{fit}; interval: bootstrap over seeds and test samples, with the noise of the draw, given "
        f"the power law{infinite}"
    )
    return [
        Finding(
            name=f"worth_of_a_synthetic_sample{bound}",
            value=float((samples - m_S) / curve.added),
            better="higher",
            interval=((low - m_S) / curve.added, (high - m_S) / curve.added),
            n=curve.added,
            reference=1.0,
            note=f"in real samples; (m* − {m_S:.0f}) / {curve.added}; 1 is as good as a real one, 0 adds "
            f"nothing; {note}",
        ),
        Finding(
            name=f"equivalent_real_samples{bound}",
            value=float(samples),
            better="higher",
            interval=(low, high),
            n=curve.added,
            reference=float(m_S),
            note=f"m*: real samples with the error of real + selected; {note}",
        ),
    ], warnings
