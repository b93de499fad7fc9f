"""The contest of a bake-off: what each contender is trained on, and what it predicts for both views."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from genaug.contracts import Context, Evidence
from genaug.data import Samples
from genaug.data.comparison import EVERYTHING, REAL
from genaug.errors import GenaugError
from genaug.seeds import derive_seed
from genaug_plugins.validators.downstream_arms import (
    Predictions,
    TrainingSets,
    classes_predicted,
    control_of,
)


@dataclass(frozen=True, eq=False)
class Contest:
    """Hold what was predicted.

    Attributes:
        validation, test: classes predicted for the view, int64 ``[seeds, N]`` for each arm: the
            contenders by name, and their controls under `control_name`.
        failed: by arm, why it was not fitted.
    """

    validation: Predictions
    test: Predictions
    failed: Mapping[str, str]


def control_name(contender: str) -> str:
    """Return the name of the arm that a contender is held against at equal size."""
    return f"{contender}/random"


def held(evidences: Mapping[str, Evidence], context: Context, seeds: int) -> Contest:
    """Fit every arm with every seed, equal training sets once.

    What was predicted is remembered after each fit under a hash of what the fit depends on: a killed
    contest goes on from the last one, and another contender costs its own fits alone.

    Raises:
        GenaugError: where the task cannot be fitted to the real data alone.
    """
    evidence = evidences[EVERYTHING]
    sets = _training_sets(evidences, context)
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
            if arm == REAL:
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


def _training_sets(evidences: Mapping[str, Evidence], context: Context) -> TrainingSets:
    real = evidences[EVERYTHING].train.samples
    sets: dict[str, Callable[[int], Samples]] = {REAL: lambda seed: real}
    for name, evidence in evidences.items():
        if not evidence.funnel.kept.any():
            continue
        augmented = Samples.join([real, evidence.selected.samples])
        sets[name] = lambda seed, augmented=augmented: augmented  # type: ignore[misc]
        control = control_of(evidence, context)
        if control is not None:
            sets[control_name(name)] = control
    return sets


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
