"""Fit every arm with every seed; what each predicts for both views."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from genaug.contracts import Context, Evidence, Model
from genaug.data import Samples, TestView, ValidationView
from genaug.data.samples import IntArray
from genaug.errors import GenaugError, PluginFailed
from genaug.seeds import derive_seed
from genaug_plugins.validators.downstream_arms import TrainingSets

Predictions = Mapping[str, IntArray]
"""The classes that each arm predicts for a view, ``[seeds, N]``."""


@dataclass(frozen=True, eq=False)
class Contest:
    """Hold what was predicted.

    Attributes:
        validation, test: classes predicted for the view, int64 ``[seeds, N]`` for each arm.
        failed: by arm, why it was not fitted.
    """

    validation: Predictions
    test: Predictions
    failed: Mapping[str, str]


def held(sets: TrainingSets, evidence: Evidence, context: Context, seeds: int) -> Contest:
    """Fit every arm with every seed, equal training sets once.

    What was predicted is remembered after each fit under a hash of what the fit depends on: a killed
    contest goes on from the last one, and another arm costs its own fits alone.

    An arm that the task refuses is told of and does not lose the others.

    Args:
        sets: what each arm is trained on; the real data alone comes first.
        evidence: the views, and the task.
        context: its checkpoint keeps the fits.
        seeds: paired fits of each arm.

    Raises:
        GenaugError: where the task cannot be fitted to the real data alone.
        PluginFailed: where a model breaks its contract.
    """
    real = next(iter(sets))
    kept = context.checkpoint.load()
    known = dict(kept[0]) if kept is not None else {}
    keys: dict[str, list[str]] = {arm: [] for arm in sets}
    failed: dict[str, str] = {}
    jobs = [(arm, seed) for seed in range(seeds) for arm in sets]
    for arm, seed in context.track(jobs, "downstream fits"):
        if arm in failed:
            continue
        training = sets[arm](seed)
        task_seed = derive_seed(context.seed, "task", str(seed))  # the same for every arm: paired
        key = _key(training, evidence, task_seed)
        keys[arm].append(key)
        if key in known:
            continue
        try:
            known[key] = _fitted(training, evidence, task_seed, context.device)
        except GenaugError as error:
            if arm == real or isinstance(error, PluginFailed):
                raise
            failed[arm] = str(error)
            continue
        context.checkpoint.save(known, {"fits": len(known)})
    border = len(evidence.validation.samples)
    rows = {
        arm: np.stack([known[key].numpy() for key in keys[arm]]).astype(np.int64)
        for arm in sets
        if arm not in failed
    }
    return Contest(
        {arm: row[:, :border] for arm, row in rows.items()},
        {arm: row[:, border:] for arm, row in rows.items()},
        failed,
    )


def _fitted(training: Samples, evidence: Evidence, seed: int, device: str) -> torch.Tensor:
    """Return the classes predicted for the validation view and, behind it, the test view."""
    model = evidence.task.fit(evidence.spec, training, seed, device)
    views = (evidence.validation, evidence.test)
    predicted = [classes_predicted(model, view, evidence.task.name) for view in views]
    return torch.from_numpy(np.concatenate(predicted).astype(np.int32))


def _key(training: Samples, evidence: Evidence, seed: int) -> str:
    """Return the hash of what a fit's predictions depend on beside the task."""
    digest = hashlib.sha256(f"{seed} {evidence.spec.model_dump_json()}".encode())
    for samples in (training, evidence.validation.samples, evidence.test.samples):
        digest.update(f"{len(samples)} ".encode())
        digest.update("".join(samples.ids.tolist()).encode())
    digest.update(training.labels.tobytes())
    return digest.hexdigest()


def classes_predicted(model: Model, view: ValidationView | TestView, task: str) -> IntArray:
    """Return the most probable class of each sample of a view, ``[N]``.

    Raises:
        PluginFailed: where the model breaks its contract.
    """
    probabilities: NDArray[np.float64] = np.asarray(model.predict(view.samples))
    expected = (len(view.samples), view.spec.classes)
    if probabilities.shape != expected or not np.isfinite(probabilities).all():
        raise PluginFailed(
            f"the task {task!r} must predict finite probabilities {list(expected)}, "
            f"not {list(probabilities.shape)} with {(~np.isfinite(probabilities)).sum()} non-finite"
        )
    predicted: IntArray = probabilities.argmax(axis=1).astype(np.int64)
    return predicted
