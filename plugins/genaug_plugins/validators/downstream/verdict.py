"""The verdict: the paired gains over all baselines, their intervals and the label."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from genaug.data import BaselineGain, Verdict
from genaug.data.findings import Label
from genaug.data.summary import count
from genaug.errors import DataError
from genaug.statistics.bounds import UNBOUNDED, Bounds, difference_bounds
from genaug.statistics.multiple import two_sided_p
from genaug.statistics.paired import crossed_interval
from genaug_plugins.evaluation.arms import REAL
from genaug_plugins.validators.downstream.best import Best
from genaug_plugins.validators.downstream.forecast import FEWEST

UNDECIDED: Label = "not enough data to say"


def verdict(
    augmented: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    metric: str = "accuracy",
    augmented_name: str = "real + selected",
    grain: float | None = None,
    bounds: Bounds = UNBOUNDED,
    obstacles: Sequence[str] = (),
    higher_is_better: bool = True,
    best: Best | None = None,
    best_if_helpful: Best | None = None,
    conditions: str = "",
) -> Verdict:
    """Decide whether the augmented training beats every baseline, on the same seeds and test samples.

    ``helps`` where the 95 % interval of the paired gain over each of the baselines is above 0, ``hurts``
    where that over ``real`` is below 0, else ``no measurable effect``; ``not enough data to say`` where there
    are fewer than 50 test samples. Each interval covers training seeds and test samples at once
    (`genaug.statistics.paired.crossed_interval`).

    That is an intersection-union test (Berger 1982, Technometrics 24): where the augmented training is no
    better than one of the baselines, the chance of *helps* is at most that of this one test (2.5 %). So no
    level is corrected for the number of baselines, and none of them is chosen.

    Args:
        augmented: ``[S, N]``, for each of S training seeds and N test samples: whether the prediction is
            correct, or any value whose mean is the score.
        baselines: ``[S, N]``, the same for each baseline by name, paired by seed and sample. ``real`` is the
            one of *hurts*; without it, the first.
        metric: name of the score.
        augmented_name: name of the augmented training set.
        grain: change of the score by one more correct prediction; None: 1/N.
        bounds: of the score, (0, 1) for shares: no interval is outside what is possible.
        obstacles: other reasons why no verdict is possible.
        higher_is_better: whether larger values are better.
        best: the arm to train with.
        best_if_helpful: the augmented arm, named in place of `best` where the verdict is *helps*: a choice by
            another view must not contradict it.
        conditions: the machine the values were computed on, and what may differ on another.

    Raises:
        DataError: where shapes differ, there are fewer than 2 seeds or samples, or there is no baseline.
    """
    ours = np.asarray(augmented, dtype=np.float64)
    if not baselines:
        raise DataError("a verdict needs at least one baseline, such as 'real'")
    found = []
    for name, values in baselines.items():
        theirs = np.asarray(values, dtype=np.float64)
        if ours.shape != theirs.shape:
            raise DataError(
                f"values must be paired: the augmented are {list(ours.shape)}, "
                f"those of {name!r} {list(theirs.shape)}"
            )
        gained = ours - theirs if higher_is_better else theirs - ours
        gain = crossed_interval(gained, 1 / max(1, ours.shape[-1]) if grain is None else grain)
        found.append(
            BaselineGain(
                over=name,
                effect=gain.value,
                interval=gain.clipped(difference_bounds(bounds)).interval,
                p=two_sided_p(gain),
                minimum_detectable_effect=gain.detectable(),
            )
        )
    plain = next((gain for gain in found if gain.over == REAL), found[0])
    gains = sorted(found, key=lambda gain: gain.interval[0])
    seeds, n = ours.shape
    against = list(dict.fromkeys([*obstacles, *too_few(n)]))
    label: Label = "no measurable effect"
    if against:
        label = UNDECIDED
        best = best and best.doubted()
    elif gains[0].interval[0] > 0:
        label = "helps"
        best = best_if_helpful or best
    elif plain.interval[1] < 0:
        label = "hurts"
        gains = [plain, *(gain for gain in gains if gain is not plain)]
    detectable = max(gain.minimum_detectable_effect for gain in found)
    better, worse = ("above", "below") if higher_is_better else ("better than", "worse than")
    how = {
        "helps": f" is {better} every cheap baseline",
        "hurts": f" is {worse} {plain.over}",
        "no measurable effect": f" is not clearly {better} every cheap baseline",
        UNDECIDED: "",
    }[label]
    differences = ", ".join(
        f"{gain.effect:+.3f} ({gain.interval[0]:+.3f} to {gain.interval[1]:+.3f}) over {gain.over}"
        for gain in gains
    )
    reasons = f"{' and '.join(against)}; " if against else ""
    improved = "" if higher_is_better else "improved by "
    sentence = (
        f"{label}: {reasons}{metric} {ours.mean():.3f} ({augmented_name}){how}: {improved}{differences}"
    )
    if label == "no measurable effect":
        sentence += f"; +{detectable:.3f} over each would have been detected 4 times in 5"
    sentence += f"; 95 % intervals, {seeds} paired seeds, {n} test samples"
    return Verdict(
        label=label,
        metric=f"{metric} on the test view",
        baseline=gains[0].over,
        augmented=augmented_name,
        effect=gains[0].effect,
        interval=gains[0].interval,
        minimum_detectable_effect=detectable,
        gains=tuple(gains),
        sentence=sentence if best is None else f"{sentence}. {best.sentence}",
        conditions=conditions,
        **({} if best is None else best.recorded()),
    )


def too_few(n: int) -> list[str]:
    """Return the reason why so few test samples allow no verdict, or nothing."""
    return [f"the test view has {count(n, 'sample')}; {FEWEST} are needed"] if n < FEWEST else []


def without_comparison(metric: str, obstacles: Sequence[str], best: Best | None = None) -> Verdict:
    """Return the verdict of a run in which nothing could be compared."""
    best = best.doubted() if best is not None and obstacles else best
    return Verdict(
        label=UNDECIDED,
        metric=f"{metric} on the test view",
        baseline=REAL,
        effect=math.nan,
        interval=(math.nan, math.nan),
        minimum_detectable_effect=math.nan,
        sentence=f"{UNDECIDED}: {' and '.join(obstacles)}{'' if best is None else f'. {best.sentence}'}",
        **({} if best is None else best.recorded()),
    )
