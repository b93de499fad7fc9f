"""Fit every arm with every seed; the probabilities that each predicts for both views."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from genaug.contracts import Context, Evidence
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.errors import GenaugError, PluginFailed, WrongContract
from genaug_plugins.evaluation.workers import Fit, TrainingSets, carried_out

Arms = Mapping[str, Callable[[int], TrainingSets]]
"""What each arm learns with a seed: training sets, one after another; nearly always a single one."""
Predictions = Mapping[str, FloatArray]
"""The class probabilities that each arm predicts for a view, ``[seeds, N, classes]``."""


@dataclass(eq=False)
class ArmPredictions:
    """Hold what was predicted; what was predicted for the test view is sealed until a choice is made.

    Attributes:
        validation: probabilities predicted for the validation view, ``[seeds, N, classes]`` for each arm.
        failed: by arm, why it was not fitted.
    """

    validation: Predictions
    failed: Mapping[str, str]
    _test: Predictions = field(repr=False)
    _choice: str | None = field(default=None, init=False)

    def revealed(self, choice: str) -> Predictions:
        """Return the probabilities predicted for the test view, now that the choice is made.

        Args:
            choice: what was chosen, in words. It stands from now on.

        Raises:
            WrongContract: where another choice was made before: nothing is chosen on the test view.
        """
        if self._choice not in (None, choice):
            raise WrongContract(
                f"{self._choice!r} was chosen before the test view was looked at: it cannot be {choice!r} "
                "any more"
            )
        self._choice = choice
        return self._test


def fit_arms(sets: Arms, evidence: Evidence, context: Context, seeds: int) -> ArmPredictions:
    """Fit every arm with every seed, equal training sets once.

    What was predicted is remembered after each fit under a hash of what the fit depends on: a killed
    fitted_arms goes on from the last one, and another arm costs its own fits alone.

    An arm that the task refuses is told of and does not lose the others.

    Args:
        sets: what each arm learns; the real data alone comes first.
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
    refused: dict[str, str] = {}

    def fits() -> Iterator[Fit]:
        asked = set(known)
        jobs = [(arm, seed) for seed in range(seeds) for arm in sets]
        for arm, seed in context.track(jobs, "downstream fits"):
            if any(key in refused for key in keys[arm]):
                continue
            trainings = sets[arm](seed)
            task_seed = derive_seed(context.seed, "task", str(seed))  # the same for every arm: paired
            key = _key(trainings, evidence, task_seed)
            keys[arm].append(key)
            if key not in asked:
                asked.add(key)
                yield Fit(key, trainings, task_seed)

    for key, predicted in carried_out(fits(), evidence, context.device, at_most=seeds * len(sets)):
        if isinstance(predicted, GenaugError):
            if key in keys[real] or isinstance(predicted, PluginFailed):
                raise predicted
            refused[key] = str(predicted)
            continue
        known[key] = torch.from_numpy(_checked(predicted, evidence))
        context.checkpoint.save(known, {"fits": len(known)})
    failed = {
        arm: next(refused[key] for key in own if key in refused)
        for arm, own in keys.items()
        if any(key in refused for key in own)
    }
    rows = {
        arm: np.stack([known[key].numpy() for key in keys[arm]]).astype(np.float32)
        for arm in sets
        if arm not in failed
    }
    border = len(evidence.validation.samples)
    return ArmPredictions(
        {arm: row[:, :border] for arm, row in rows.items()},
        failed,
        {arm: row[:, border:] for arm, row in rows.items()},
    )


def _key(trainings: TrainingSets, evidence: Evidence, seed: int) -> str:
    """Return the hash of what a fit's predictions depend on beside the task."""
    digest = hashlib.sha256(f"probabilities {seed} {evidence.spec.model_dump_json()}".encode())
    for samples in (*trainings, evidence.validation.samples, evidence.test.samples):
        digest.update(f"{len(samples)} ".encode())
        digest.update("".join(samples.ids.tolist()).encode())
    for samples in trainings:
        digest.update(samples.labels.tobytes())
    return digest.hexdigest()


def _checked(predicted: list[NDArray[np.float64]], evidence: Evidence) -> FloatArray:
    """Return the probabilities of the validation view and, behind it, of the test view.

    Raises:
        PluginFailed: where the model breaks its contract.
    """
    views = (evidence.validation.samples, evidence.test.samples)
    for probabilities, view in zip(predicted, views, strict=True):
        expected = (len(view), evidence.spec.classes)
        if probabilities.shape != expected or not np.isfinite(probabilities).all():
            raise PluginFailed(
                f"the task {evidence.task.name!r} must predict finite probabilities {list(expected)}, "
                f"not {list(probabilities.shape)} with {(~np.isfinite(probabilities)).sum()} non-finite"
            )
    return np.concatenate(predicted).astype(np.float32)
