"""The verdict: a paired difference, its interval and its label."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from genaug.data import Verdict
from genaug.data.findings import Label
from genaug.errors import DataError
from genaug.statistics.paired import crossed_interval

FEWEST = 50
"""Test samples below which no verdict is given."""
UNDECIDED: Label = "not enough data to say"


def verdict(
    augmented: ArrayLike,
    baseline: ArrayLike,
    *,
    metric: str = "accuracy",
    baseline_name: str = "real",
    augmented_name: str = "",
    grain: float | None = None,
    obstacles: Sequence[str] = (),
    higher_is_better: bool = True,
    conditions: str = "",
) -> Verdict:
    """Decide whether the augmented training beats the baseline, on the same seeds and test samples.

    ``helps`` where the 95 % interval of the paired gain is above 0, ``hurts`` where it is
    below, else ``no measurable effect``; ``not enough data to say`` where there are fewer than 50
    test samples. The interval covers training seeds and test samples at once
    (`genaug.statistics.paired.crossed_interval`).

    Args:
        augmented: ``[S, N]``, for each of S training seeds and N test samples: whether the prediction is
            correct, or any value whose mean is the score.
        baseline: ``[S, N]``, the same for the baseline, paired by seed and sample.
        metric: name of the score.
        baseline_name: name of the baseline's training set.
        augmented_name: name of the augmented training set, if the sentence shall name it.
        grain: change of the score by one more correct prediction; None: 1/N.
        obstacles: other reasons why no verdict is possible.
        higher_is_better: whether larger values are better.
        conditions: the machine the values were computed on, and what may differ on another.

    Raises:
        DataError: where the two differ in shape, or there are fewer than 2 seeds or samples.
    """
    ours, theirs = (np.asarray(given, dtype=np.float64) for given in (augmented, baseline))
    if ours.shape != theirs.shape:
        raise DataError(
            f"values must be paired: the augmented are {list(ours.shape)}, "
            f"the baseline's {list(theirs.shape)}"
        )
    gained = ours - theirs if higher_is_better else theirs - ours
    gain = crossed_interval(gained, 1 / max(1, ours.shape[-1]) if grain is None else grain)
    seeds, n = ours.shape
    against = list(dict.fromkeys([*obstacles, *too_few(n)]))
    detectable = gain.detectable()
    named = f" ({augmented_name})" if augmented_name else ""
    compared = (
        f"{metric} {theirs.mean():.3f} ({baseline_name}) → {ours.mean():.3f}{named} "
        f"({'' if higher_is_better else 'improved by '}{gain.value:+.3f}, 95 % interval {gain.low:+.3f} to "
        f"{gain.high:+.3f}; "
        f"{seeds} paired seeds, {n} test samples)"
    )
    label: Label = "no measurable effect"
    sentence = f"{label}: {compared}; ±{detectable:.3f} would have been detected 4 times in 5"
    if against:
        label, sentence = UNDECIDED, f"{UNDECIDED}: {' and '.join(against)}; {compared}"
    elif gain.low > 0 or gain.high < 0:
        label = "helps" if gain.low > 0 else "hurts"
        sentence = f"{label}: {compared}"
    return Verdict(
        label=label,
        metric=f"{metric} on the test view",
        baseline=baseline_name,
        augmented=augmented_name,
        effect=gain.value,
        interval=gain.interval,
        minimum_detectable_effect=detectable,
        sentence=sentence,
        conditions=conditions,
    )


def too_few(n: int) -> list[str]:
    """Return the reason why so few test samples allow no verdict, or nothing."""
    return [f"the test view has {n} samples; {FEWEST} are needed"] if n < FEWEST else []


def without_comparison(metric: str, obstacles: Sequence[str]) -> Verdict:
    """Return the verdict of a run in which nothing could be compared."""
    return Verdict(
        label=UNDECIDED,
        metric=f"{metric} on the test view",
        baseline="real",
        effect=math.nan,
        interval=(math.nan, math.nan),
        minimum_detectable_effect=math.nan,
        sentence=f"{UNDECIDED}: {' and '.join(obstacles)}",
    )
