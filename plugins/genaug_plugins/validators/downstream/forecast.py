"""What the downstream comparison can find out, before anything is learned."""

from collections.abc import Iterator

import numpy as np

from genaug.contracts import Forecast, Task
from genaug.data import DataFacts, Samples
from genaug.data.summary import count
from genaug.statistics.planning import (
    CORRELATION,
    ERROR,
    detectable_class_mean_effect,
    detectable_effect,
)

FEWEST = 50
"""Test samples below which no verdict is given."""


def forecast(facts: DataFacts, task: Task, seeds: int, random_control: bool, error: float | None) -> Forecast:
    """Return whether a verdict is possible with this split, and the smallest gain it could find.

    Args:
        facts: of the data.
        task: whose metric is compared.
        seeds: paired fits of each arm.
        random_control: whether there is an arm of random candidates.
        error: measured error rate of the task's model; None: assumed.
    """
    tested, counts = facts.tested, facts.tested_of_classes
    metric, effect, obstacles = task.metric, None, list(_obstacles(facts))
    if tested >= 2 and task.predicts == "classes":
        labels = np.repeat(np.arange(len(counts)), counts)
        view = Samples(np.zeros((tested, 1), dtype=np.float32), labels)  # only the labels are known yet
        metric = task.leading(view)
        obstacles += [f"no verdict is possible: {one}" for one in task.obstacles(view)]
        wrong = ERROR if error is None else error
        if next(one.class_mean for one in task.metrics(view) if one.name == metric):
            effect = detectable_class_mean_effect(counts.tolist(), seeds, wrong)
        else:
            effect = detectable_effect(tested, seeds, wrong)
    how = "assumed" if error is None else "measured by cross-validation"
    return Forecast(
        metric=metric,
        test_samples=tested,
        seeds=seeds,
        fits=tuple(_training_sets(facts, random_control)) * seeds,
        minimum_detectable_effect=effect,
        obstacles=tuple(obstacles),
        assumed=f"error rate {ERROR if error is None else error:.2f}, {how}; correlation of the arms "
        f"{CORRELATION:g}, assumed",
    )


def _training_sets(facts: DataFacts, random_control: bool) -> Iterator[int]:
    """Yield the largest size of the training set of each arm."""
    real = int(facts.train.sum())
    made = 0 if facts.candidates is None else int(facts.candidates.sum())
    yield real
    yield from [real + made] * (4 if random_control else 3)  # repeats, classical, selected, random
    yield made


def _obstacles(facts: DataFacts) -> Iterator[str]:
    """Yield why the test samples are too few, with a split that has enough, if any."""
    if facts.tested >= FEWEST:
        return
    reason = f"no verdict is possible: {count(facts.tested, 'test sample')}, {FEWEST} needed"
    other = facts.propose(FEWEST)
    if other is None:
        yield f"{reason}, and no split of these data has as many: add samples"
        return
    given = sorted(other.model_dump(exclude_none=True).items())
    settings = ", ".join(f"{name}: {value:g}" for name, value in given)
    times = "" if other.folds is None else f" (runs the chain {other.folds} times, and tests every sample)"
    yield f"{reason}. Change split to {{{settings}}}{times}"
