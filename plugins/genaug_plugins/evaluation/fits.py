"""Fits of every arm with every seed, and their predictions for both views."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.components.identity import source_code
from genaug.contracts import Context, Evidence
from genaug.data.samples import FloatArray
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, GenaugError, PluginFailed
from genaug_plugins.evaluation.predictions import ArmPredictions
from genaug_plugins.evaluation.workers import Fit, TrainingSets, run_fits

Arms = Mapping[str, Callable[[int], TrainingSets]]
"""The training sets of each arm for a seed, used sequentially; usually a single one."""
TASK = "downstream fits"
CURVE = "curve."
"""Prefix of the stored curves of a fit."""
SEEDS = "validate.downstream"
"""Base of the seeds of all fits: the same for every validator, so that fits are shared."""


def fit_arms(arms: Arms, evidence: Evidence, context: Context, seeds: int) -> ArmPredictions:
    """Fit every arm with every seed, equal training sets once.

    Predictions are stored after each fit, under a hash of everything that the fit depends on, including the
    code of this module and of all that it imports. So an interrupted comparison resumes with the first
    missing fit, another arm or seed needs only its own fits, and validators of one output folder share their
    fits. An arm that the task rejects is reported; the others continue. Where it rejects the real data alone,
    nothing can be compared: every arm fails for this reason.

    Args:
        arms: the training sets of each arm; the real data alone comes first.
        evidence: the views, and the task.
        context: its results store the fits.
        seeds: paired fits of each arm.

    Raises:
        GenaugError: if the task cannot be fitted to the real data alone, for another reason than the data.
        PluginFailed: if a model's predictions violate its contract.
    """
    real = next(iter(arms))
    base = context.seed if context.run_seed is None else derive_seed(context.run_seed, SEEDS)
    code = source_code().closure(__name__).digest
    known: dict[str, FloatArray] = {}
    curves: dict[str, Mapping[str, FloatArray]] = {}
    keys: dict[str, list[str]] = {arm: [] for arm in arms}
    refused: dict[str, str] = {}

    def fits() -> Iterator[Fit]:
        scheduled: set[str] = set()
        jobs = [(arm, seed) for seed in range(seeds) for arm in arms]
        for done, (arm, seed) in enumerate(jobs):
            if any(key in refused for key in keys[arm]):
                continue
            trainings = arms[arm](seed)
            task_seed = derive_seed(base, "task", str(seed))  # the same for every arm: paired
            key = _key(trainings, evidence, task_seed, code)
            keys[arm].append(key)
            if key in scheduled:
                continue
            scheduled.add(key)
            kept = context.results.find(evidence.task, {"fit": key})
            if kept is None:
                # Stored fits before the first missing one are not reported: they would shorten the estimate.
                context.hooks.progressed(task=TASK, done=done, total=len(jobs))
                yield Fit(key, trainings, task_seed)
            else:
                known[key] = kept["predicted"].astype(np.float32)
                curves[key] = {
                    name.removeprefix(CURVE): kept[name].astype(np.float32)
                    for name in kept
                    if name.startswith(CURVE)
                }
        context.hooks.progressed(task=TASK, done=len(jobs), total=len(jobs))

    for key, outcome in run_fits(fits(), evidence, context, at_most=seeds * len(arms)):
        if isinstance(outcome, GenaugError):
            of_real = key in keys[real]
            if isinstance(outcome, PluginFailed) or (of_real and not isinstance(outcome, DataError)):
                raise outcome
            if of_real:
                return ArmPredictions({}, dict.fromkeys(arms, str(outcome)), {})
            refused[key] = str(outcome)
            continue
        known[key] = _checked(outcome.predicted, evidence)
        curves[key] = outcome.curves
        stored = {CURVE + name: values for name, values in outcome.curves.items()}
        context.results.keep(evidence.task, {"fit": key}, {"predicted": known[key], **stored})
    failed = {
        arm: next(refused[key] for key in own if key in refused)
        for arm, own in keys.items()
        if any(key in refused for key in own)
    }
    rows = {arm: np.stack([known[key] for key in keys[arm]]) for arm in arms if arm not in failed}
    border = len(evidence.validation.samples)
    return ArmPredictions(
        {arm: row[:, :border] for arm, row in rows.items()},
        failed,
        {arm: row[:, border:] for arm, row in rows.items()},
        {arm: _stacked([curves[key] for key in keys[arm]]) for arm in rows},
    )


def _stacked(curves: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    """Return the curves that all fits of an arm have, at the same number of points, ``[seeds, P]``."""
    return {
        name: np.stack([one[name] for one in curves])
        for name in curves[0]
        if len({one[name].shape if name in one else None for one in curves}) == 1
    }


def _key(trainings: TrainingSets, evidence: Evidence, seed: int, code: str) -> str:
    """Return a hash of everything but the task and the machine that a fit's predictions depend on."""
    digest = hashlib.sha256(f"predictions {code} {seed} {evidence.spec.model_dump_json()}".encode())
    for samples in (*trainings, evidence.validation.samples, evidence.test.samples):
        digest.update(f"{len(samples)} ".encode())
        digest.update("".join(samples.ids.tolist()).encode())
    for samples in trainings:
        digest.update(samples.labels.tobytes())
        digest.update(b"" if samples.targets is None else samples.targets.tobytes())
        digest.update(b"" if samples.soft_labels is None else samples.soft_labels.tobytes())
    return digest.hexdigest()


def _checked(predicted: list[NDArray[np.float64]], evidence: Evidence) -> FloatArray:
    """Return the predictions for the validation view followed by those for the test view.

    Raises:
        PluginFailed: if the model's predictions violate its contract.
    """
    shape = evidence.task.prediction_shape(evidence.spec)
    for found, view in zip(predicted, (evidence.validation.samples, evidence.test.samples), strict=True):
        expected = [len(view), *shape]
        if list(found.shape) != expected or not np.isfinite(found).all():
            raise PluginFailed(
                f"the model {evidence.task.model.name!r} must predict finite values {expected}, "
                f"not {list(found.shape)} with {(~np.isfinite(found)).sum()} non-finite"
            )
    return np.concatenate(predicted).astype(np.float32)
