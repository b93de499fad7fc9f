"""Where fits are carried out: here, or side by side in processes of their own."""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import joblib
import numpy as np
import torch
from numpy.typing import NDArray

from genaug.contracts import Evidence, Task
from genaug.data import Samples, SampleSpec
from genaug.errors import GenaugError
from genaug.training.processes import limited_threads

TrainingSets = tuple[Samples, ...]
"""Training sets that are learned one after another."""
Outcome = list[NDArray[np.float64]] | GenaugError
"""What was predicted for the validation and for the test view; or why nothing was."""

WORTH_WORKERS = 20.0
"""Seconds of work ahead from which processes of their own pay: each needs several to begin."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Hold one fit to be carried out, under the key that it is remembered by."""

    key: str
    trainings: TrainingSets
    seed: int


def carried_out(
    fits: Iterator[Fit], evidence: Evidence, device: str, at_most: int
) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcome of each fit, in their order.

    A fit has one CPU thread, wherever it is carried out, so that its outcome depends on no number of
    threads. Where the run may use several, and the fits take long, as many fits run side by side in
    processes of their own. How long they take decides on that, and on nothing in the outcome.

    Args:
        fits: what to carry out.
        evidence: the views, and the task.
        device: torch device; on any but the CPU, fits run one after another.
        at_most: how many fits there may be.
    """
    views = (evidence.validation.samples, evidence.test.samples)
    threads = torch.get_num_threads() if device == "cpu" else 1
    began = time.monotonic()
    for done, fit in enumerate(fits, start=1):
        yield fit.key, _outcome(evidence.task, evidence.spec, views, fit, device)
        seconds = (time.monotonic() - began) / done
        if threads > 1 and seconds * (at_most - done) > WORTH_WORKERS:
            break
    else:
        return
    yield from _side_by_side(fits, evidence, views, threads)


def _side_by_side(
    fits: Iterator[Fit], evidence: Evidence, views: TrainingSets, processes: int
) -> Iterator[tuple[str, Outcome]]:
    # Large arrays reach the others as files mapped into memory; copied on write, a model may write to them.
    with joblib.Parallel(n_jobs=processes, inner_max_num_threads=1, mmap_mode="c") as parallel:
        while some := list(itertools.islice(fits, processes)):
            try:
                outcomes = parallel(
                    joblib.delayed(_outcome)(evidence.task, evidence.spec, views, fit, "cpu") for fit in some
                )
            except BrokenProcessPool:
                break
            yield from zip([fit.key for fit in some], outcomes, strict=True)
        else:
            return
    # The task's class is one that only this process can import, or memory was short: then in a row.
    for fit in itertools.chain(some, fits):
        yield fit.key, _outcome(evidence.task, evidence.spec, views, fit, "cpu")


def _outcome(task: Task, spec: SampleSpec, views: TrainingSets, fit: Fit, device: str) -> Outcome:
    # The limit ends with the fit: held across a yield, it would fall upon whoever takes the outcomes.
    with limited_threads(1 if device == "cpu" else None):
        try:
            if len(fit.trainings) == 1:
                model = task.fit(spec, fit.trainings[0], fit.seed, device)
            else:
                model = task.fit_sequence(spec, fit.trainings, fit.seed, device)
        except GenaugError as error:
            return error
        return [np.asarray(model.predict(view), dtype=np.float64) for view in views]
