"""A measure of each candidate compared with training samples, and the candidates that pass by it."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Candidates, Context, Extractor
from genaug.data import Pool, TrainView
from genaug.data.samples import BoolArray, FloatArray
from genaug.data.selection import Reasons
from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.metrics.rows import BLOCK, gather_rows
from genaug_plugins.scoring.scores import best_share

Doubles = NDArray[np.float64]
Measure = Callable[[FloatArray], Doubles]
"""Takes features ``[B, D]``, returns float64 ``[B]``."""


def measure_candidates(
    candidates: Candidates,
    train: TrainView,
    context: Context,
    extractor: Extractor | None,
    measure: Callable[[FloatArray], Measure],
    k: int,
    within: Literal["all", "class"],
    what: str,
) -> tuple[Doubles, list[str]]:
    """Compare each candidate with all training samples, or those of its class.

    Args:
        candidates: N of them, N may be 0.
        train: the training samples.
        context: features and progress.
        extractor: the feature space; None: the pipeline's.
        measure: takes features of training samples, and returns a function that measures candidates.
        k: number of neighbours; k + 1 training samples are needed.
        within: whether all training samples are used, or those of the candidate's class.
        what: the measure's name.

    Returns:
        float64 ``[N]``, NaN where the class has k training samples or fewer; and warnings about it.

    Raises:
        DataError: if all training samples are used, and there are k of them or fewer.
    """
    if within == "all" and len(train.samples) <= k:
        raise DataError(
            f"selector {what}: k = {k} neighbours need at least {k + 1} training samples, "
            f"but there are {len(train.samples)}: lower k"
        )
    pool = candidates.pool
    warnings: list[str] = []
    values = np.full(len(pool), np.nan)
    if len(pool) == 0:
        return values, warnings
    training = context.features(extractor, train.samples)
    features = context.features(extractor, pool)
    done = 0
    for label in [None] if within == "all" else np.unique(pool.labels).tolist():
        real, rows = training, np.arange(len(pool))
        if label is not None:
            real, rows = training[train.samples.labels == label], np.flatnonzero(pool.labels == label)
            if len(real) <= k:
                warnings.append(
                    f"class {train.spec.class_names[label]!r} has {count(len(real), 'training sample')}, and "
                    f"k = {k} neighbours need {k + 1}: none of its candidates passes; lower k, or set "
                    "within: all"
                )
                continue
        against = measure(real)
        for start in range(0, len(rows), BLOCK):
            context.hooks.progressed(task=what, done=done, total=len(pool))
            block = rows[start : start + BLOCK]
            values[block] = against(gather_rows(features, block))
            done += len(block)
    context.hooks.progressed(task=what, done=len(pool), total=len(pool))
    return values, warnings


def passing(
    pool: Pool, values: Doubles, at_least: float, share: float | None, what: str
) -> tuple[BoolArray, str | Reasons]:
    """Return the candidates that pass by a measure (higher is better), and the reasons for the others.

    Args:
        pool: N candidates.
        values: float64 ``[N]``; NaN never passes.
        at_least: the lowest value that passes, used if `share` is None.
        share: of the best of each class that pass; None: use `at_least`.
        what: the measure's name.
    """
    if share is None:
        passed, failure = values >= at_least, f"{what} below {at_least:g}"
    else:
        passed = best_share(pool, values, share)
        failure = f"not among the {share:.0%} of its class with the highest {what}"
    none = np.isnan(values)
    if not none.any():
        return passed, failure
    reasons = np.full(len(values), failure, dtype=np.object_)
    reasons[none] = f"its class has too few training samples to measure {what}"
    return passed, reasons
