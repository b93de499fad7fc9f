"""The measured β of the stability bound: the change of a task's predictions by one training sample."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from genaug.contracts import Context, Evidence, Task
from genaug.data import Samples
from genaug.data.samples import FloatArray, IntArray
from genaug_plugins.evaluation.arms import REAL, SELECTED
from genaug_plugins.evaluation.fits import fit_arms
from genaug_plugins.validators.stability_bound.bound import Stability

REPLACED = ", one replaced"
APART = 1.5
"""Minimum ratio of two sizes from which an exponent is estimated."""


@dataclass(frozen=True)
class Changes:
    """The change of the loss when one of `size` training samples is replaced.

    Attributes:
        size: of the training set.
        mean: over repetitions and validation samples, in [0, 1].
        interval: 95 % interval of the mean over repetitions, from 0 on.
        largest: the largest change of one sample's loss.
        repetitions: number of replacements.
    """

    size: int
    mean: float
    interval: tuple[float, float]
    largest: float
    repetitions: int


@dataclass(frozen=True)
class Measured:
    """The stability of a task on one or two training sets, and its limitations."""

    changes: Mapping[str, Changes]
    warnings: tuple[str, ...]


def measured_stability(evidence: Evidence, context: Context, repetitions: int) -> Measured:
    """Fit the task with and without one sample replaced, and measure how much the loss changes.

    Training set and replacement are fitted with the same task seed, so that the two differ only in the
    sample and its effect on training. The sample is drawn among those whose class has another; it is
    replaced by a validation sample, and the task's loss, in [0, 1], is measured on the other validation
    samples.

    Args:
        evidence: with at least 2 validation samples and 2 classes in the training view.
        context: its results keep the fits.
        repetitions: at least 2.

    Raises:
        GenaugError: where the task cannot be fitted to the real data alone.
    """
    real, selected, others = evidence.train.samples, evidence.selected.samples, evidence.validation.samples
    bases = {REAL: real}
    if len(selected):
        bases[SELECTED] = Samples.join([real, selected])
    warnings = [
        f"no stability of {arm!r}: no class has two samples, one of which could be replaced"
        for arm, base in bases.items()
        if not len(_replaceable(base))
    ]
    bases = {arm: base for arm, base in bases.items() if len(_replaceable(base))}
    if REAL not in bases:
        return Measured({}, tuple(warnings))
    sets: dict[str, Callable[[int], tuple[Samples, ...]]] = {}
    for arm, base in bases.items():
        sets[arm] = lambda seed, base=base: (base,)  # type: ignore[misc]
        sets[arm + REPLACED] = lambda seed, arm=arm, base=base: (  # type: ignore[misc]
            _replaced(base, others, *_places(base, others, context, arm, seed)),
        )
    predictions = fit_arms(sets, evidence, context, repetitions)
    changes = {}
    for arm, base in bases.items():
        refused = [name for name in (arm, arm + REPLACED) if name in predictions.failed]
        if refused:
            warnings.append(
                f"no stability of {arm!r}: the task rejected {refused[0]!r}: {predictions.failed[refused[0]]}"
            )
            continue
        first, second = (
            _losses(evidence.task, predictions.validation[name], others) for name in (arm, arm + REPLACED)
        )
        of_each = [
            np.delete(np.abs(first[k] - second[k]), _places(base, others, context, arm, k)[1])
            for k in range(repetitions)
        ]
        changes[arm] = _summed_up(len(base), of_each)
    return Measured(changes, tuple(warnings))


def law_through(measured: Measured) -> Stability:
    """Return the power law of the size through the measured values.

    The exponent is estimated from the two sizes if they differ enough, and clipped to [0, 1]; else it is 1,
    that of regularized convex learners. If it is clipped, the law is between the two values.
    """
    sizes = [change.size for change in measured.changes.values()]
    betas = [change.mean for change in measured.changes.values()]
    exponent = 1.0
    if len(sizes) == 2 and sizes[1] >= APART * sizes[0] and min(betas) > 0:
        exponent = float(np.clip(np.log(betas[0] / betas[1]) / np.log(sizes[1] / sizes[0]), 0, 1))
    laws = [Stability.through(size, beta, exponent).scale for size, beta in zip(sizes, betas, strict=True)]
    return Stability(float(np.mean(laws)), exponent)


def _losses(task: Task, predictions: FloatArray, samples: Samples) -> NDArray[np.float64]:
    """Return the losses ``[repetitions, N]`` of predictions ``[repetitions, N, ...]``."""
    losses = [task.loss(row.astype(np.float64), samples) for row in predictions]
    return np.stack([loss for loss in losses if loss is not None])


def _summed_up(size: int, of_each: list[NDArray[np.float64]]) -> Changes:
    means = np.array([changes.mean() for changes in of_each])
    mean, n = float(means.mean()), len(means)
    half = float(stats.t.ppf(0.975, n - 1) * means.std(ddof=1) / n**0.5)
    largest = max(float(changes.max()) for changes in of_each)
    return Changes(size, mean, (max(0.0, mean - half), mean + half), largest, n)


def _places(
    base: Samples, others: Samples, context: Context, arm: str, seed: int
) -> tuple[np.int64, np.int64]:
    """Return the index of the replaced training sample and of the validation sample that replaces it."""
    rng = context.rng("stability bound", arm, str(seed))
    return rng.choice(_replaceable(base)), np.int64(rng.integers(len(others)))


def _replaceable(base: Samples) -> IntArray:
    """Return the rows whose class has another sample: without a class it would be another task."""
    _, of_sample, counts = np.unique(base.labels, return_inverse=True, return_counts=True)
    return np.flatnonzero(counts[of_sample] >= 2).astype(np.int64)


def _replaced(base: Samples, others: Samples, out: np.int64, by: np.int64) -> Samples:
    values, labels = base.values.copy(), base.labels.copy()
    values[out], labels[out] = others.values[by], others.labels[by]
    targets = None if base.targets is None else base.targets.copy()
    if targets is not None and others.targets is not None:
        targets[out] = others.targets[by]
    soft = None if base.soft_labels is None else base.soft_labels.copy()
    if soft is not None:
        soft[out] = others.class_shares(soft.shape[1])[by]
    return Samples(values, labels, targets, soft)
