"""The arms of the downstream comparison: what each is trained on."""

from collections.abc import Callable, Mapping

import numpy as np

from genaug.contracts import Context, Evidence
from genaug.data import Samples
from genaug_plugins.validators.downstream_baselines import classical, repeats

REAL = "real"
SELECTED = "real + selected"
RANDOM = "real + random"
SYNTHETIC = "synthetic only"
REPEATS = "real + repeats"
CLASSICAL = "real + classical"
BASELINES = (REAL, REPEATS, CLASSICAL)
"""What costs nothing: from the simplest on."""

TrainingSets = Mapping[str, Callable[[int], Samples]]
"""What each arm is trained on with a seed."""


def training_sets(evidence: Evidence, context: Context, random_control: bool) -> TrainingSets:
    """Return the arms that this evidence allows, ``real`` first.

    The cheap baselines are as large as the augmented set, class by class, wherever a class has a
    real sample at all.
    """
    real, selected = evidence.train.samples, evidence.selected.samples
    sets: dict[str, Callable[[int], Samples]] = {REAL: lambda seed: real}
    if not len(selected):
        return sets
    wanted = selected.per_class(evidence.spec.classes)

    def repeated(seed: int) -> Samples:
        return Samples.join([real, repeats(real, wanted, context.rng(REPEATS, str(seed)))])

    def augmented_classically(seed: int) -> Samples:
        made = classical(real, wanted, evidence.spec, context.rng(CLASSICAL, str(seed)))
        return Samples.join([real, made])

    augmented = Samples.join([real, selected])
    sets |= {REPEATS: repeated, CLASSICAL: augmented_classically, SELECTED: lambda seed: augmented}
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
