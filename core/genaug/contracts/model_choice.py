"""The choice of a task's model among candidates, by cross-validation on the training view alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from genaug.components.identity import parts, referred, source_code
from genaug.contracts.cross_fitting import fit_without, held_out_predictions
from genaug.data import TrainView
from genaug.data.folds import NO_FOLD, assign_folds
from genaug.data.samples import IntArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, GenaugError, PluginFailed

if TYPE_CHECKING:
    from genaug.contracts.context import Context
    from genaug.contracts.model import Model
    from genaug.contracts.task import Metric, Task

MOST_SAMPLES = 2000
"""Largest number of training samples that the choice reads; of more, a random draw with the shares of the
classes."""
FEW, MANY = 100, 1000
"""With fewer samples than FEW the folds are drawn twice; from MANY on there are 3 folds instead of 5."""


class CandidateScore(BaseModel):
    """The cross-validated score of a candidate model, or the reason why it has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    """Its name, and that of its extractor."""
    score: float | None = None
    standard_error: float | None = None
    """Standard error of the score under new samples."""
    refused: str = ""
    """Why it takes no part."""


class ModelChoice(BaseModel):
    """The model that was chosen for a task, and the scores of all candidates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    chosen: int
    """Index of the chosen candidate among `Model.candidates`."""
    metric: str = ""
    """The compared metric."""
    candidates: tuple[CandidateScore, ...]
    sentence: str
    """The choice and its reason."""


def choose_model(task: Task, train: TrainView, context: Context) -> ModelChoice:
    """Choose the model of a task among its candidates (`Model.candidates`).

    Each candidate is cross-validated on the training view: 5 folds, 3 from 1,000 samples on, two draws of the
    folds below 100 samples, at most 2,000 samples. The score is the task's leading metric of the held-out
    predictions. The first candidate, in the order from simple to complex, that is within one standard error
    of the best is chosen (Breiman et al. 1984); once one is that near to a perfect score, those after it are
    not tried. Candidates that cannot read the samples, lack a package or
    fail take no part. The predictions are stored in the context's results, under everything that they depend
    on.

    Args:
        task: whose model may state candidates.
        train: the only samples that are read.
        context: device, run seed, results, parallel work and progress.

    Raises:
        DataError: where no candidate can be fitted.
    """
    candidates = task.model.candidates(train.spec)
    names = [label(candidate) for candidate in candidates]
    refused = {index: _unusable(one, train) for index, one in enumerate(candidates)}
    usable = [index for index in range(len(candidates)) if not refused[index]]
    if not usable:
        raise DataError("no candidate model can be used: " + _listed(names, refused))
    seed = derive_seed(context.seed if context.run_seed is None else context.run_seed, "model choice")
    drawn = _drawn(train, seed)
    most = 3 if len(drawn.samples) >= MANY else 5
    draws = [
        assign_folds(drawn, most, derive_seed(seed, "folds", str(draw)))
        for draw in range(2 if len(drawn.samples) < FEW else 1)
    ]
    if len(usable) == 1 or draws[0][0] < 2:
        only = usable[0] if len(usable) == 1 else _default(task, train, candidates, usable)
        reason = (
            "no other candidate can be used here"
            if len(usable) == 1
            else "by the type of the samples: too few of them for cross-validation"
        )
        return ModelChoice(
            chosen=only,
            candidates=tuple(CandidateScore(model=n, refused=refused[i]) for i, n in enumerate(names)),
            sentence=f"model: {names[only]} ({reason})",
        )
    folds, fold = draws[0]
    seen = fold != NO_FOLD  # the same samples in every draw: those of classes that can be divided
    judged = drawn.samples.take(seen)
    leading = task.leading(train.samples)
    metric = next(one for one in task.metrics(judged) if one.name == leading)
    scores: dict[int, tuple[float, float]] = {}
    enough: int | None = None
    for index in context.track(usable, f"choice of the model ({task.model.name})"):
        if enough is not None:
            refused[index] = f"not tried: {names[enough]} is within one standard error of a perfect score"
            continue
        with_candidate = task.model_copy(update={"model": candidates[index]})
        try:
            found = [_held_out(with_candidate, drawn, folds, fold, seed, context) for folds, fold in draws]
        except PluginFailed:
            raise
        except GenaugError as error:
            refused[index] = str(error)
            continue
        scores[index] = score, standard_error = _score(metric, found, judged, seen)
        if task.perfect is not None and abs(task.perfect - score) <= standard_error:
            enough = index
    if not scores:
        raise DataError("no candidate model can be fitted: " + _listed(names, refused))
    sign = 1 if metric.higher_is_better else -1
    best = max(scores, key=lambda index: sign * scores[index][0])  # the simplest of equal ones
    bar = sign * scores[best][0] - scores[best][1]
    chosen = next(index for index in scores if sign * scores[index][0] >= bar)
    record = tuple(
        CandidateScore(model=name, score=scores[index][0], standard_error=scores[index][1])
        if index in scores
        else CandidateScore(model=name, refused=refused[index])
        for index, name in enumerate(names)
    )
    sets = f"{folds} folds" + (f", drawn {len(draws)} times" if len(draws) > 1 else "")
    why = "the best" if chosen == best else f"the simplest within one standard error of {names[best]}"
    all_scores = ", ".join(
        f"{one.model} {one.score:.3f} ± {one.standard_error:.3f}"
        for one in record
        if one.score is not None and one.standard_error is not None
    )
    return ModelChoice(
        chosen=chosen,
        metric=leading,
        candidates=record,
        sentence=f"model: {names[chosen]}, {why} by cross-validation on {len(judged)} training samples "
        f"({sets}; {leading} ± standard error: {all_scores})",
    )


def with_chosen(task: Task, train: TrainView, choice: ModelChoice) -> Task:
    """Return the task with the chosen model in place of the one that chooses."""
    model = task.model.candidates(train.spec)[choice.chosen]
    return task.model_copy(update={"model": model})


def settled(task: Task, train: TrainView, context: Context) -> tuple[Task, ModelChoice | None]:
    """Return a task whose model is chosen, and the choice; the task itself and None if nothing is chosen."""
    if not task.model.chooses:
        return task, None
    choice = choose_model(task, train, context)
    return with_chosen(task, train, choice), choice


def label(model: Model) -> str:
    """Return the name of a model and of the components that it uses: ``logistic-regression on pixels``."""
    inner = " and ".join(part.name for part in referred(model))
    return f"{model.name} on {inner}" if inner else model.name


def _unusable(candidate: Model, train: TrainView) -> str:
    """Return why a candidate cannot be used; "" if it can."""
    try:
        for part in parts(candidate):
            part.check_usable(train.spec)
            for prerequisite in part.prerequisites():
                prerequisite.check(f"{part.kind} {part.name!r}")
    except GenaugError as error:
        return str(error)
    return ""


def _default(task: Task, train: TrainView, candidates: Sequence[Model], usable: Sequence[int]) -> int:
    known = task.model.for_spec(train.spec)
    return next((index for index in usable if candidates[index] is known), usable[0])


def _listed(names: Sequence[str], refused: dict[int, str]) -> str:
    return "; ".join(f"{names[index]}: {reason}" for index, reason in refused.items())


def _drawn(train: TrainView, seed: int) -> TrainView:
    """Return at most `MOST_SAMPLES` training samples, whole groups where there are many; of each class at
    least two, if it has them.
    """
    labels = train.samples.labels
    if len(labels) <= MOST_SAMPLES:
        return train
    rng = np.random.default_rng(seed)
    kept = []
    for number in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == number))
        kept.append(own[: max(2, round(MOST_SAMPLES * len(own) / len(labels)))])
    rows = np.sort(np.concatenate(kept))
    groups = None if train.groups is None else train.groups[rows]
    return TrainView(train.spec, train.samples.take(rows), groups=groups)


def _held_out(
    task: Task, train: TrainView, folds: int, fold: IntArray, seed: int, context: Context
) -> NDArray[np.float64]:
    """Return the predictions of the samples in folds by models without them, ``[N, ...]``; others are 0."""
    key = {"model choice": _key(train, fold), "seed": seed}
    kept = context.results.find(task, key)
    if kept is None:
        p = np.zeros((len(fold), *task.prediction_shape(train.spec)))
        one = partial(_one_fold, task, train, fold, seed, context.device)
        for f, found in enumerate(context.map(one, range(folds), total=folds)):
            p[fold == f] = found
        kept = {"predicted": p}
        context.results.keep(task, key, kept)
    return np.asarray(kept["predicted"], dtype=np.float64)


def _one_fold(
    task: Task, train: TrainView, fold: IntArray, seed: int, device: str, held_out: int
) -> NDArray[np.float64]:
    model = fit_without(task, train, fold, held_out, derive_seed(seed, "fold", str(held_out)), device)
    return held_out_predictions(model, task, train, fold, held_out)


def _score(
    metric: Metric, found: Sequence[NDArray[np.float64]], judged: Any, seen: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return the mean score over draws of the folds, and its standard error under new samples."""
    values = np.mean([metric.scores(p[seen], judged) for p in found], axis=0)
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return float(values.mean()), spread / float(np.sqrt(len(values)))


def _key(train: TrainView, fold: IntArray) -> str:
    """Return a hash of everything but task, seed and machine that the predictions depend on."""
    digest = hashlib.sha256(source_code().closure(__name__).digest.encode())
    digest.update(train.spec.model_dump_json().encode())
    targets = train.samples.targets
    for array in (train.samples.ids, train.samples.labels, fold, *(() if targets is None else (targets,))):
        digest.update(array.tobytes())
    return digest.hexdigest()
