"""The arms of the downstream comparison: what each is trained on, and what it predicts."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from genaug.contracts import Context, Evidence, Model
from genaug.data import Samples, TestView, ValidationView
from genaug.data.samples import IntArray
from genaug.errors import PluginFailed
from genaug.seeds import derive_seed

REAL = "real"
SELECTED = "real + selected"
RANDOM = "real + random"
SYNTHETIC = "synthetic only"

TrainingSets = Mapping[str, Callable[[int], Samples]]
"""What each arm is trained on with a seed."""
Predictions = Mapping[str, IntArray]
"""The classes that each arm predicts for the test view, ``[seeds, N]``."""


def training_sets(evidence: Evidence, context: Context, random_control: bool) -> TrainingSets:
    """Return the arms that this evidence allows, ``real`` first."""
    real, selected = evidence.train.samples, evidence.selected.samples
    sets: dict[str, Callable[[int], Samples]] = {REAL: lambda seed: real}
    if not len(selected):
        return sets
    augmented = Samples.join([real, selected])
    sets[SELECTED] = lambda seed: augmented
    control = control_of(evidence, context) if random_control else None
    if control is not None:
        sets[RANDOM] = control
    if len(np.unique(selected.labels)) >= 2:
        sets[SYNTHETIC] = lambda seed: selected
    return sets


def control_of(evidence: Evidence, context: Context) -> Callable[[int], Samples] | None:
    """Return the control for a selection: as many of each class, drawn from the whole pool for every seed.

    None where there is no such control: where the selectors left nothing out of any class that they
    kept, any draw is the selection itself. Draws of equal counts are equal.
    """
    real, pool = evidence.train.samples, evidence.pool
    wanted = evidence.selected.samples.per_class(evidence.spec.classes)
    available = np.bincount(pool.labels, minlength=evidence.spec.classes)
    if not (wanted < available)[wanted > 0].any():
        return None

    def drawn(seed: int) -> Samples:
        rng = context.rng("random control", str(seed))
        rows = [
            rng.choice(np.flatnonzero(pool.labels == label), size=count, replace=False)
            for label, count in enumerate(wanted)
            if count
        ]
        return Samples.join([real, pool.samples.take(np.sort(np.concatenate(rows)))])

    return drawn


def predictions(evidence: Evidence, context: Context, sets: TrainingSets, seeds: int) -> Predictions:
    """Fit every arm with every seed; what was predicted is kept in the checkpoint after each fit."""
    kept = context.checkpoint.load()
    done = dict(kept[0]) if kept is not None else {}
    jobs = [(arm, seed) for seed in range(seeds) for arm in sets]
    for arm, seed in context.track(jobs, "downstream fits"):
        key = f"{arm}/{seed}"
        if key in done:
            continue
        task_seed = derive_seed(context.seed, "task", str(seed))  # the same for every arm: paired
        model = evidence.task.fit(evidence.spec, sets[arm](seed), task_seed, context.device)
        done[key] = torch.from_numpy(classes_predicted(model, evidence.test, evidence.task.name))
        context.checkpoint.save(done, {"fits": sorted(done)})
    return {arm: np.stack([done[f"{arm}/{seed}"].numpy() for seed in range(seeds)]) for arm in sets}


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
