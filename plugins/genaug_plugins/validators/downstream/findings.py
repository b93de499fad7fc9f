"""The findings of the downstream comparison."""

from collections.abc import Iterator, Mapping

import numpy as np

from genaug.contracts import Context
from genaug.data import Finding, Verdict
from genaug.statistics.bounds import difference_bounds
from genaug.statistics.multiple import holm, two_sided_p
from genaug.statistics.paired import bootstrap_interval, permutation_p
from genaug_plugins.evaluation.arms import BASELINES, RANDOM, REAL, SELECTED
from genaug_plugins.evaluation.scoring import Scoring

CONDITION = "for this training view, generator and pool; another split or fit adds its own noise"


def findings_of(
    scoring: Scoring, leading: str, augmented: str, verdict: Verdict, context: Context
) -> Iterator[Finding]:
    """Yield the scores of all arms, and the gains of the augmented arm; the leading score first.

    The scores by class are in the findings of the score that is their mean, such as balanced accuracy; if the
    task has none, in findings of their own.

    Args:
        scoring: the predictions of the arms for the test view.
        leading: the score that decides the verdict.
        augmented: the arm that the verdict judges.
        verdict: with the minimum detectable effect.
        context: its seed determines the permutations.
    """
    n, per_class = len(scoring.samples), scoring.task.class_metric
    means = {name for name, metric in scoring.metrics.items() if metric.class_mean and per_class}
    scores = sorted(scoring.metrics, key=lambda name: name != leading)
    for score in scores:
        real = scoring.estimate(score, REAL).value
        for arm in scoring.predicted:
            by_seed = " ".join(f"{value:.4f}" for value in scoring.by_seed(score, arm))
            estimate = scoring.estimate(score, arm)
            yield Finding(
                name=f"{score}[{arm}]",
                value=estimate.value,
                better="higher" if scoring.metrics[score].higher_is_better else "lower",
                interval=estimate.interval,
                n=n,
                reference=None if arm == REAL else real,
                bounds=scoring.metrics[score].bounds,
                per_class=scoring.by_class(arm) if score in means else {},
                class_measure=per_class or "" if score in means else "",
                note=f"mean over {len(scoring.by_seed(score, arm))} seeds: {by_seed}; {CONDITION}",
            )
    if augmented in scoring.predicted:
        for score in scores:
            # The expensive tests are run only for the score that decides the verdict.
            yield from _gains(scoring, score, augmented, context if score == leading else None)
    if per_class is not None and not means:
        for arm in scoring.predicted:
            yield _per_class(f"{per_class}[{arm}]", scoring.by_class(arm), n, "mean over seeds and classes")
        if augmented in scoring.predicted:
            note = f"paired: {augmented} minus {REAL}"
            yield _per_class(f"{per_class} gain over real", _class_gains(scoring, augmented), n, note)
    if augmented in scoring.predicted:
        yield Finding(
            name="minimum detectable effect",
            value=verdict.minimum_detectable_effect,
            better="lower",
            n=n,
            note=f"a true {leading} gain of this size over each baseline would be found 4 times in 5 with "
            "so many seeds and test samples: the largest of those of the baselines",
        )


def _gains(scoring: Scoring, score: str, augmented: str, context: Context | None) -> Iterator[Finding]:
    """Yield the gain over each arm that is compared with, with p values corrected for their number.

    The control is compared with the arm that has the same number of candidates: all that were kept. With a
    context, a permutation test and a bootstrap are run as well.
    """
    pairs = {arm: augmented for arm in BASELINES if arm in scoring.predicted}
    if {RANDOM, SELECTED} <= scoring.predicted.keys():
        pairs[RANDOM] = SELECTED
    gains = {over: scoring.gain(score, over, arm) for over, arm in pairs.items()}
    plain = [two_sided_p(gain) for gain in gains.values()]
    per_class = scoring.task.class_metric or ""
    for (over, gain), p, corrected in zip(gains.items(), plain, holm(plain), strict=True):
        said = f"p = {corrected:.2g} by Holm for {len(pairs)} comparisons"
        by_class = over == REAL and per_class and scoring.metrics[score].class_mean
        if context is not None:
            differences = scoring.gained(score, over, pairs[over])
            permuted = permutation_p(differences, context.rng("permutation", over))
            low, high = bootstrap_interval(differences, context.rng("bootstrap", over))
            said += f"; permutation p = {permuted:.2g}, conditional on the trained models"
            said += f"; bootstrap over seeds and samples {low:+.4f} to {high:+.4f}"
        order = (
            f"{pairs[over]} minus {over}"
            if scoring.metrics[score].higher_is_better
            else f"{over} minus {pairs[over]}"
        )
        yield Finding(
            name=f"{score} gain[over {over}]",
            value=gain.value,
            better="higher",
            interval=gain.interval,
            n=len(scoring.samples),
            p=p,
            bounds=difference_bounds(scoring.metrics[score].bounds),
            per_class=_class_gains(scoring, augmented) if by_class else {},
            class_measure=f"{per_class} gain" if by_class else "",
            note=f"paired: {order}; {said}; {CONDITION}",
        )


def _class_gains(scoring: Scoring, augmented: str) -> dict[str, float]:
    before, after = scoring.by_class(REAL), scoring.by_class(augmented)
    return {name: after[name] - before[name] for name in before}


def _per_class(name: str, values: Mapping[str, float], n: int, note: str) -> Finding:
    mean = float(np.mean(list(values.values())))
    return Finding(name=name, value=mean, better="higher", n=n, per_class=dict(values), note=note)
