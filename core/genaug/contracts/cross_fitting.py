"""Cross-fitting: models of a task, each fitted to all folds of the training view but one."""

import numpy as np
from numpy.typing import NDArray

from genaug.contracts.model import Predictor
from genaug.contracts.task import Task
from genaug.data import Samples, TrainView
from genaug.data.samples import IntArray
from genaug.errors import PluginFailed


def fit_without(
    task: Task, train: TrainView, fold: IntArray, held_out: int, seed: int, device: str
) -> Predictor:
    """Fit a task to the training samples that are not in a fold.

    Args:
        task: whose model is fitted.
        train: M training samples.
        fold: int64 ``[M]``; see `genaug.data.folds.assign_folds`.
        held_out: number of the fold.
        seed: of the fit.
        device: torch device.

    Raises:
        DataError: if the task cannot be learned from these samples.
    """
    return task.fit(train.spec, train.samples.take(fold != held_out), seed, device)


def held_out_predictions(
    model: Predictor, task: Task, train: TrainView, fold: IntArray, held_out: int
) -> NDArray[np.float64]:
    """Return the predictions for the training samples in a fold, ``[n, ...]``, by the model without it.

    Raises:
        PluginFailed: if the model's predictions violate its contract.
    """
    samples = train.samples.take(fold == held_out)
    if task.predicts == "classes":
        return class_probabilities(model, task, samples, train.spec.classes)
    p = np.asarray(model.predict(samples), dtype=np.float64)
    if p.shape != (len(samples), *task.prediction_shape(train.spec)) or not np.isfinite(p).all():
        raise PluginFailed(
            f"the model {task.model.name!r} returned {list(p.shape)} values, {int((~np.isfinite(p)).sum())} "
            f"of them not finite, for {len(samples)} samples"
        )
    return p


def held_out_probabilities(
    model: Predictor, task: Task, train: TrainView, fold: IntArray, held_out: int
) -> NDArray[np.float64]:
    """Return the probabilities of the training samples in a fold, ``[n, classes]``, by the model without it.

    Raises:
        PluginFailed: if the model does not return probabilities.
    """
    return class_probabilities(model, task, train.samples.take(fold == held_out), train.spec.classes)


def class_probabilities(model: Predictor, task: Task, samples: Samples, classes: int) -> NDArray[np.float64]:
    """Return a model's probabilities ``[N, classes]``.

    Raises:
        PluginFailed: if they are not probabilities.
    """
    p = np.asarray(model.predict(samples), dtype=np.float64)
    if p.shape != (len(samples), classes) or not np.isfinite(p).all():
        raise PluginFailed(
            f"the model {task.model.name!r} returned {list(p.shape)} values, "
            f"{int((~np.isfinite(p)).sum())} of "
            f"them not finite, where {len(samples)} x {classes} probabilities were expected"
        )
    return p
