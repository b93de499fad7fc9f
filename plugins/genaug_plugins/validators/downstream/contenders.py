"""The arms of a selector comparison: every contender and its control."""

from collections.abc import Callable, Mapping

from genaug.contracts import Context, Evidence
from genaug.data import Samples
from genaug.data.comparison import EVERYTHING, REAL
from genaug_plugins.evaluation.arms import control_of
from genaug_plugins.evaluation.fits import Arms
from genaug_plugins.evaluation.workers import TrainingSets


def control_name(contender: str) -> str:
    """Return the name of the arm that a contender is compared with at equal size."""
    return f"{contender}/random"


def contender_arms(evidences: Mapping[str, Evidence], context: Context) -> Arms:
    """Return the training set of each contender and of its control of equal size."""
    real = evidences[EVERYTHING].train.samples
    sets: dict[str, Callable[[int], TrainingSets]] = {REAL: lambda seed: (real,)}
    for name, evidence in evidences.items():
        if not evidence.funnel.kept.any():
            continue
        augmented = Samples.join([real, evidence.selected.samples])
        sets[name] = lambda seed, augmented=augmented: (augmented,)  # type: ignore[misc]
        control = control_of(evidence, context)
        if control is not None:
            sets[control_name(name)] = control
    return sets
