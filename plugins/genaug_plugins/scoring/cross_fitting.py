"""Cross-fitting: each candidate is scored by a judge (a model) that was not trained on its sources."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Candidates, Context, Extractor, Task
from genaug.contracts.cross_fitting import class_probabilities, fit_without, held_out_probabilities
from genaug.contracts.model_choice import settled
from genaug.data import TrainView
from genaug.data.folds import NO_FOLD, assign_folds
from genaug.data.samples import IntArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError
from genaug_plugins.scoring.folds import BATCH, candidate_folds
from genaug_plugins.scoring.reliability import IfWeak, reliability


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """The judges' predictions for N candidates; NaN where a candidate's class has no training samples.

    Attributes:
        probability: float64 ``[N]`` in [0, 1], of the candidate's own class.
        rank: float64 ``[N]``, 1 + the number of classes more probable than its own.
        entropy: float64 ``[N]`` in [0, 1], of the probabilities, divided by its maximum ln C.
        judge: float64 ``[N]``, number of the judge, from 0.
        accuracy: of the judges on the training samples that each was not trained on; None for a single judge,
            trained on all.
        warnings: as in `Selection`.
        remarks: as in `Selection`.
    """

    probability: NDArray[np.float64]
    rank: NDArray[np.float64]
    entropy: NDArray[np.float64]
    judge: NDArray[np.float64]
    accuracy: float | None
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def cross_fit(
    candidates: Candidates,
    train: TrainView,
    context: Context,
    judge: Task,
    folds: int,
    extractor: Extractor | None,
    if_weak: IfWeak = "warn",
) -> CrossFitted:
    """Score each candidate by a model that was not trained on the candidate's sources.

    The training view is split into folds, class by class; judge f is trained on all but fold f. A candidate
    is scored by the judge of the fold that contains most of its source samples (its lineage); without any, by
    that of its nearest training sample of its class, which it may copy. A judge whose model is chosen among
    several (`model: auto`) uses one choice for all folds, made on the training view. A class
    with a single training sample is in the training set of every judge; a warning reports this.

    Args:
        candidates: N of them, N may be 0.
        train: training samples of the judges.
        context: seed, device, features and progress.
        judge: the task whose models are the judges.
        if_weak: warn, or raise an error, where the judges are hardly better than chance.
        folds: number of judges; 1: a single one, trained on all samples.
        extractor: the feature space of the nearest samples; None: the pipeline's.

    Raises:
        DataError: if the judge cannot be trained on the training view, or is weak and `if_weak` is ``error``.
        PluginFailed: if a judge does not return probabilities.
    """
    pool = candidates.pool
    probability, rank, entropy, judge_of = (np.full(len(pool), np.nan) for _ in range(4))
    if len(pool) == 0:
        return CrossFitted(probability, rank, entropy, judge_of, None)
    judge, choice = settled(judge, train, context)
    folds, fold = assign_folds(train, folds, context.seed)
    models = [
        fit_without(judge, train, fold, f, derive_seed(context.seed, "judge", str(f)), context.device)
        for f in context.track(range(folds), f"judges ({judge.name})")
    ]
    warnings, remarks = _warnings(candidates, train, fold, folds), list[str]()
    if choice is not None:
        remarks.append(f"judge: {choice.sentence.removeprefix('model: ')}")
    accuracy, chosen = None, np.zeros(len(pool), dtype=np.int64)
    if folds > 1:
        held_out = np.zeros((len(fold), train.spec.classes))
        for f, model in enumerate(models):
            held_out[fold == f] = held_out_probabilities(model, judge, train, fold, f)
        seen = fold != NO_FOLD
        found = reliability(judge, held_out[seen], train.samples.take(seen))
        accuracy = found.accuracy
        remarks.append(found.sentence)
        if found.weak and if_weak == "error":
            raise DataError(
                f"{found.warning}. The run stops because `if_judge_weak` is `error`; `warn` filters anyway"
            )
        if found.weak:
            warnings.append(found.warning)
        chosen = candidate_folds(pool, train, fold, context, extractor)
    known = train.samples.per_class(train.spec.classes)[pool.labels] > 0
    start = 0
    for batch in pool.batches(BATCH):
        context.hooks.progressed(task=f"judge ({judge.name})", done=start, total=len(pool))
        part = slice(start, start + len(batch))
        for f, model in enumerate(models):
            rows = np.flatnonzero((chosen[part] == f) & known[part])
            if len(rows):
                samples = batch.take(rows)
                p = class_probabilities(model, judge, samples, train.spec.classes)
                own = p[np.arange(len(p)), samples.labels]
                probability[start + rows] = own
                rank[start + rows] = 1 + (p > own[:, None]).sum(axis=1)
                entropy[start + rows] = _entropy(p)
                judge_of[start + rows] = f
        start += len(batch)
    context.hooks.progressed(task=f"judge ({judge.name})", done=len(pool), total=len(pool))
    return CrossFitted(probability, rank, entropy, judge_of, accuracy, tuple(warnings), tuple(remarks))


def _entropy(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return −Σ p ln p / ln C of probabilities ``[N, C]``; 0 for a single class."""
    if p.shape[1] == 1:
        return np.zeros(len(p))
    logs = np.log(p, where=p > 0, out=np.zeros_like(p))
    entropy: NDArray[np.float64] = -(p * logs).sum(axis=1) / np.log(p.shape[1])
    return entropy.clip(0, 1)


def _warnings(candidates: Candidates, train: TrainView, fold: IntArray, folds: int) -> list[str]:
    labels, training = candidates.pool.labels, train.samples.labels
    names = train.spec.class_names
    warnings = []
    if folds == 1:
        warnings.append(
            "a single judge, trained on the whole training view, scores all candidates: it may have been "
            "trained on the samples that candidates were made from, and its accuracy is not measured"
        )
    for label in np.unique(labels):
        own = training == label
        if not own.any():
            warnings.append(f"class {names[label]!r} has no training samples: no judge was trained on it")
        elif folds > 1 and (fold[own] == NO_FOLD).all():
            warnings.append(
                f"class {names[label]!r} has a single training sample, which all judges were trained on"
            )
    return warnings
