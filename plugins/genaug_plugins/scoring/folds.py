"""The fold of the training view that each candidate belongs to."""

import numpy as np

from genaug.contracts import Context, Extractor
from genaug.data import Pool, TrainView
from genaug.data.folds import NO_FOLD
from genaug.data.samples import IntArray
from genaug_plugins.metrics.neighbours.nearest import nearest

BATCH = 4096
"""Number of candidates whose nearest training samples are searched together."""


def candidate_folds(
    pool: Pool, train: TrainView, fold: IntArray, context: Context, extractor: Extractor | None
) -> IntArray:
    """Return the fold of each candidate, ``[N]``.

    That is the fold with most of its source samples; without any, the fold of the nearest training sample of
    its class; 0 if no sample of its class is in a fold.

    Args:
        pool: N candidates.
        train: M training samples.
        fold: int64 ``[M]``, see `genaug.data.folds.assign_folds`.
        context: features and progress.
        extractor: the feature space of the nearest samples; None: the pipeline's.
    """
    found = _folds_of_sources(pool, train, fold)
    missing = found == NO_FOLD
    if not missing.any():
        return found
    training = context.features(extractor, train.samples)
    features = context.features(extractor, pool)
    in_folds = {
        label: np.flatnonzero((train.samples.labels == label) & (fold != NO_FOLD))
        for label in np.unique(train.samples.labels)
    }
    found[missing] = 0
    for start in context.track(range(0, len(pool), BATCH), "nearest training sample"):
        batch = slice(start, start + BATCH)
        for label in np.unique(pool.labels[batch]):
            rows = start + np.flatnonzero((pool.labels[batch] == label) & missing[batch])
            own = in_folds.get(label, np.zeros(0, dtype=np.int64))
            if len(rows) and len(own):
                found[rows] = fold[own[nearest(features[rows], training[own]).indices[:, 0]]]
    return found


def _folds_of_sources(pool: Pool, train: TrainView, fold: IntArray) -> IntArray:
    """Return the fold with most of each candidate's sources, the lowest of equals, or `NO_FOLD`."""
    fold_of = dict(zip(train.samples.ids.tolist(), fold.tolist(), strict=True))
    found = np.full(len(pool), NO_FOLD, dtype=np.int64)
    known: dict[tuple[int, int], int] = {}  # by origin and, where each sample has its own source, position
    for row, (origin, position) in enumerate(zip(pool.origin.tolist(), pool.position.tolist(), strict=True)):
        key = (origin, position if pool.origins[origin].paired else 0)
        if key not in known:
            folds = [fold_of.get(source, NO_FOLD) for source in pool.sources_of(row)]
            counts = np.bincount([number for number in folds if number != NO_FOLD])
            known[key] = int(counts.argmax()) if len(counts) else NO_FOLD
        found[row] = known[key]
    return found
