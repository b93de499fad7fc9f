"""What the arms predict of single test samples, for people who doubt the scores."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.data import ChangedSample, Changes, PredictedClasses
from genaug.data.samples import IntArray
from genaug_plugins.evaluation.scoring import Scoring

MOST_CHANGED = 100
"""Maximum number of samples of each direction that are recorded."""


def predicted_classes(
    scoring: Scoring, names: Sequence[str], arms: Sequence[str]
) -> tuple[PredictedClasses, ...]:
    """Return the confusion of each of the arms that has predictions; none if the task predicts no classes."""
    found = []
    for arm in dict.fromkeys(arms):
        if scoring.task.predicts == "classes" and arm in scoring.predicted:
            predicted = _classes(scoring, arm)
            counts: dict[str, dict[str, int]] = {}
            for label in np.unique(_labels(scoring)):
                its = Counter(predicted[:, _labels(scoring) == label].ravel().tolist())
                counts[names[label]] = {names[one]: its[one] for one in sorted(its)}
            found.append(PredictedClasses(arm=arm, seeds=len(predicted), counts=counts))
    return tuple(found)


def changes(scoring: Scoring, names: Sequence[str], before: str, after: str) -> tuple[Changes, ...]:
    """Return the samples that most fits of one of two arms get right and most fits of the other wrong."""
    if scoring.task.predicts != "classes" or not {before, after} <= scoring.predicted.keys():
        return ()
    labels = _labels(scoring)
    first, second = _classes(scoring, before), _classes(scoring, after)
    right_before, right_after = ((one == labels).sum(axis=0) for one in (first, second))
    seeds = len(first)
    was, now = 2 * right_before > seeds, 2 * right_after > seeds
    ids = scoring.samples.ids[_labelled(scoring)]
    size = np.abs(right_after - right_before)
    samples = []
    for direction in (~was & now, was & ~now):
        rows = np.flatnonzero(direction)
        for row in rows[np.lexsort((ids[rows], -size[rows]))][:MOST_CHANGED]:
            samples.append(
                ChangedSample(
                    sample=str(ids[row]),
                    label=names[labels[row]],
                    before=names[_most(first[:, row])],
                    after=names[_most(second[:, row])],
                    right_before=int(right_before[row]),
                    right_after=int(right_after[row]),
                )
            )
    return (
        Changes(
            before=before,
            after=after,
            seeds=seeds,
            to_right=int((~was & now).sum()),
            to_wrong=int((was & ~now).sum()),
            samples=tuple(samples),
        ),
    )


def _labelled(scoring: Scoring) -> NDArray[np.bool_]:
    return np.asarray(scoring.samples.labels >= 0)


def _labels(scoring: Scoring) -> IntArray:
    return np.asarray(scoring.samples.labels[_labelled(scoring)])


def _classes(scoring: Scoring, arm: str) -> IntArray:
    """Return the most probable class of each labelled sample with each seed, ``[S, M]``."""
    return np.asarray(scoring.predicted[arm][:, _labelled(scoring)].argmax(axis=2), dtype=np.int64)


def _most(classes: IntArray) -> int:
    """Return the most frequent class; the lowest of equals."""
    return int(np.bincount(classes).argmax())
