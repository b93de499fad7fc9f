"""Fits of a task, one at a time or side by side."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Context, Evidence, Task
from genaug.data import Samples, SampleSpec
from genaug.errors import GenaugError

TrainingSets = tuple[Samples, ...]
"""Training sets that are learned one after another."""
Outcome = list[NDArray[np.float64]] | GenaugError
"""What was predicted for the validation and for the test view; or why nothing was."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Hold one fit to be carried out, under the key that it is remembered by."""

    key: str
    trainings: TrainingSets
    seed: int


def carried_out(
    fits: Iterator[Fit], evidence: Evidence, context: Context, at_most: int
) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcome of each fit, in their order; they may run side by side, see `Context.map`.

    Args:
        fits: what to carry out; each is taken when its turn comes.
        evidence: the views, and the task.
        context: its device, and where fits run.
        at_most: how many fits there may be.
    """
    views = (evidence.validation.samples, evidence.test.samples)
    keys: deque[str] = deque()

    def taken() -> Iterator[Fit]:
        for fit in fits:
            keys.append(fit.key)
            yield fit

    outcome = partial(_outcome, evidence.task, evidence.spec, views, context.device)
    for one in context.map(outcome, taken(), total=at_most):
        yield keys.popleft(), one


def _outcome(task: Task, spec: SampleSpec, views: TrainingSets, device: str, fit: Fit) -> Outcome:
    try:
        if len(fit.trainings) == 1:
            model = task.fit(spec, fit.trainings[0], fit.seed, device)
        else:
            model = task.fit_sequence(spec, fit.trainings, fit.seed, device)
    except GenaugError as error:
        return error
    return [np.asarray(model.predict(view), dtype=np.float64) for view in views]
