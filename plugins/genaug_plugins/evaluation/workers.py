"""Fits of a task, sequentially or in parallel."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Context, Evidence, Task
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import GenaugError

TrainingSets = tuple[Samples, ...]
"""Training sets that are used sequentially."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What is left of a fit: predictions for the validation and the test view, and its curves."""

    predicted: list[NDArray[np.float64]]
    curves: Mapping[str, FloatArray]


Outcome = Fitted | GenaugError
"""What is left of a fit; or the reason why it failed."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fit to run, with the key under which its predictions are stored."""

    key: str
    trainings: TrainingSets
    seed: int


def run_fits(
    fits: Iterator[Fit], evidence: Evidence, context: Context, at_most: int
) -> Iterator[tuple[str, Outcome]]:
    """Yield the outcome of each fit, in order; fits may run in parallel, see `Context.map`.

    Args:
        fits: to run, consumed lazily.
        evidence: the views, and the task.
        context: gives the device and runs the fits.
        at_most: maximum number of fits.
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
    predicted = [np.asarray(model.predict(view), dtype=np.float64) for view in views]
    curves = {name: np.asarray(values, dtype=np.float32) for name, values in model.curves().items()}
    return Fitted(predicted, curves)
