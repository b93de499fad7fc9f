"""The arms of the downstream comparison: what each is trained on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from genaug.contracts import Context, Evidence
from genaug.data import Samples
from genaug.data.samples import IntArray
from genaug_plugins.evaluation.baselines import classical, repeats
from genaug_plugins.evaluation.fits import Arms
from genaug_plugins.evaluation.workers import TrainingSets

REAL = "real"
SELECTED = "real + selected"
RANDOM = "real + random"
SYNTHETIC = "synthetic only"
REPEATS = "real + repeats"
CLASSICAL = "real + classical"
REPLACED = "real, in part replaced"
PRETRAINED = "selected, then real"
BASELINES = (REAL, REPEATS, CLASSICAL)
"""The baselines without synthetic samples, the simplest first."""

EPOCHS = 10
"""Number of passes through the real samples that are written out for the arm with replacement."""

Mixing = Literal["replace", "pretrain"]


def ratio_name(ratio: float) -> str:
    """Return the name of the arm with `ratio` synthetic samples for each real one."""
    return f"{SELECTED}, {ratio:g} : 1"


def cheap_arms(evidence: Evidence, context: Context) -> Arms:
    """Return ``real`` and the baselines that are as large as the augmented set, class by class.

    A class that has no real sample has none in them either.
    """
    real, selected = evidence.train.samples, evidence.selected.samples
    sets: dict[str, Callable[[int], TrainingSets]] = {REAL: lambda seed: (real,)}
    if not len(selected):
        return sets
    wanted = selected.per_class(evidence.spec.classes)

    def repeated(seed: int) -> TrainingSets:
        return (Samples.join([real, repeats(real, wanted, context.rng(REPEATS, str(seed)))]),)

    def augmented_classically(seed: int) -> TrainingSets:
        made = classical(real, wanted, evidence.spec, context.rng(CLASSICAL, str(seed)))
        return (Samples.join([real, made]),)

    return sets | {REPEATS: repeated, CLASSICAL: augmented_classically}


def augmented_arms(
    evidence: Evidence, context: Context, ratios: Sequence[float], mixing: Sequence[Mixing], share: float
) -> Arms:
    """Return the arms with kept candidates, all of them appended first; none where none were kept.

    Args:
        evidence: the training view and the kept candidates.
        context: its seed determines the random draws.
        ratios: synthetic samples for each real one, ascending; those that need more than were kept are left
            out.
        mixing: other ways to mix all kept candidates in.
        share: probability, in ``replace``, that a real sample is replaced.
    """
    real, selected = evidence.train.samples, evidence.selected.samples
    if not len(selected):
        return {}
    augmented = Samples.join([real, selected])
    sets: dict[str, Callable[[int], TrainingSets]] = {SELECTED: lambda seed: (augmented,)}
    for ratio in sorted(set(ratios)):
        wanted = round(ratio * len(real))
        if 0 < wanted < len(selected):

            def some(seed: int, wanted: int = wanted) -> TrainingSets:
                rows = _stratified(selected.labels, context.rng("ratio", str(seed)))[:wanted]
                return (Samples.join([real, selected.take(np.sort(rows))]),)

            sets[ratio_name(ratio)] = some
    if "replace" in mixing:
        sets[REPLACED] = lambda seed: (_replaced(real, selected, share, context.rng(REPLACED, str(seed))),)
    if "pretrain" in mixing and len(np.unique(selected.labels)) >= 2:
        sets[PRETRAINED] = lambda seed: (selected, real)
    return sets


def control_arms(evidence: Evidence, context: Context, random_control: bool) -> Arms:
    """Return the arms that are reported for comparison and never chosen."""
    selected = evidence.selected.samples
    sets: dict[str, Callable[[int], TrainingSets]] = {}
    if not len(selected):
        return sets
    control = control_of(evidence, context) if random_control else None
    if control is not None:
        sets[RANDOM] = control
    if len(np.unique(selected.labels)) >= 2:
        sets[SYNTHETIC] = lambda seed: (selected,)
    return sets


def control_of(evidence: Evidence, context: Context) -> Callable[[int], TrainingSets] | None:
    """Return the control for a selection: as many of each class, drawn at random from the pool for every
    seed.

    None if there is no such control: if the selectors dropped nothing from any class that they kept, every
    draw equals the selection. Draws with equal counts are equal.
    """
    real, pool = evidence.train.samples, evidence.pool
    wanted = evidence.selected.samples.per_class(evidence.spec.classes)
    available = np.bincount(pool.labels, minlength=evidence.spec.classes)
    if not (wanted < available)[wanted > 0].any():
        return None

    def drawn(seed: int) -> TrainingSets:
        rng = context.rng("random control", str(seed))
        rows = [
            rng.choice(np.flatnonzero(pool.labels == label), size=count, replace=False)
            for label, count in enumerate(wanted)
            if count
        ]
        return (Samples.join([real, pool.samples.take(np.sort(np.concatenate(rows)))]),)

    return drawn


def names_by_ratio(
    evidence: Evidence, arms: Mapping[str, object], ratios: Sequence[float]
) -> dict[float, str]:
    """Return the arms of the sweep by their ratio, 0 is the real data alone, the largest all kept
    candidates.
    """
    swept = {ratio: ratio_name(ratio) for ratio in sorted(set(ratios)) if ratio_name(ratio) in arms}
    whole = len(evidence.selected.samples) / max(1, len(evidence.train.samples))
    return {0.0: REAL, **swept, whole: SELECTED}


def _stratified(labels: IntArray, rng: np.random.Generator) -> IntArray:
    """Return all rows in an order in which every prefix has nearly the class shares of the whole."""
    place = np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        place[rows] = (rng.permutation(len(rows)) + rng.random()) / len(rows)
    return np.argsort(place, kind="stable").astype(np.int64)


def _replaced(real: Samples, selected: Samples, share: float, rng: np.random.Generator) -> Samples:
    """Return several passes through the real samples, in which some are replaced by kept ones of their class.

    Every pass draws independently, with the given probability. A task does the same work for any size of the
    training set, so that passes written out are equivalent to passes drawn during training.
    """
    labels = np.tile(real.labels, EPOCHS)
    values = np.tile(real.values, (EPOCHS, *(1 for _ in real.values.shape[1:])))
    soft = selected.soft_labels
    shares = None if soft is None else np.tile(real.class_shares(soft.shape[1]), (EPOCHS, 1))
    gives_way = rng.random(len(labels)) < share
    for label in np.unique(real.labels):
        own = np.flatnonzero(selected.labels == label)
        places = np.flatnonzero(gives_way & (labels == label))
        if len(own):
            drawn = rng.choice(own, size=len(places))
            values[places] = selected.values[drawn]
            if shares is not None and soft is not None:
                shares[places] = soft[drawn]
    return Samples(values, labels, soft_labels=shares)
