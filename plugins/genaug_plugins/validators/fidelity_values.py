"""The fidelity metrics of one set of candidates, as far as the numbers of samples allow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug.statistics.shares import wilson_interval
from genaug_plugins.metrics.copying import copying
from genaug_plugins.metrics.frechet import frechet_distance
from genaug_plugins.metrics.frechet_infinity import frechet_infinity
from genaug_plugins.metrics.kernel import kernel_distance_interval
from genaug_plugins.metrics.neighbourhood import neighbourhood
from genaug_plugins.metrics.neighbours.nearest import nearest, nearest_others
from genaug_plugins.metrics.rows import Rows, content_order
from genaug_plugins.metrics.vendi import vendi_score

BETTER: Mapping[str, Literal["higher", "lower"] | None] = {
    "kernel_distance": "lower",
    "coverage": "higher",
    "density": "higher",
    "precision": "higher",
    "recall": "higher",
    "realism": "higher",
    "authenticity": None,
    "c_t": None,
    "vendi_score": None,
    "frechet_distance": "lower",
    "frechet_infinity": "lower",
}
"""The metrics, those most reliable for few samples first, and which direction is better; None where noise, or
samples far from the data, would score highest: those are right near their reference."""

REWARDS_FAR = ("recall",)
"""Metrics that are high, too, for candidates far from the data: the radii of far candidates reach over it."""

TITLES: Mapping[str, str] = {
    "kernel_distance": "distance to unseen real data (kernel)",
    "coverage": "coverage: share of real samples with a candidate near",
    "density": "density: candidates where real samples are dense",
    "precision": "precision: share of candidates that lie among real samples",
    "recall": "recall: share of real samples that lie among candidates",
    "realism": "realism: share that is as realistic as training samples",
    "authenticity": "authenticity: share that is no near copy",
    "c_t": "nearness to training samples rather than unseen ones (C_T)",
    "vendi_score": "variety: effective number of different samples (Vendi)",
    "frechet_distance": "Fréchet distance to unseen real data",
    "frechet_infinity": "Fréchet distance, corrected for few samples",
}
"""The metrics in plain words."""

PARTS: Mapping[str, str] = {"selected": "kept candidates", "pool": "all candidates"}
"""The sets of candidates in plain words."""

SHARES = ("coverage", "precision", "recall", "realism", "authenticity")
"""The metrics that are shares: from 0 to 1."""

INFINITY_NEEDS = 3
"""Samples per dimension, of either set, from which the Fréchet distance falls with 1/N as its extrapolation
requires."""
_COPYING_NEEDS = 20

_OVER_CANDIDATES = "interval: Wilson's, over candidates, the real samples given"
_OVER_REALS = "interval: Wilson's, over real samples, the candidates given"


@dataclass(frozen=True)
class Value:
    """A value, its interval, a note that explains it, and its own reference if it has one."""

    value: float
    interval: tuple[float, float] | None = None
    note: str = ""
    reference: float | None = None


def against_test(real: FloatArray, fake: FloatArray, k: int, seed: int) -> dict[str, Value]:
    """Measure the similarity of candidates to unseen real samples, and the coverage of these."""
    values: dict[str, Value] = {}
    few, n, m = min(len(real), len(fake)), len(real), len(fake)
    if few >= 2:
        values["frechet_distance"] = Value(
            frechet_distance(real, fake),
            note="no interval: its error is mostly bias, which the copies in a bootstrap increase",
        )
    if few >= max(20, INFINITY_NEEDS * real.shape[1]):
        limit = frechet_infinity(real, fake, seed=seed)
        values["frechet_infinity"] = Value(
            limit.value,
            limit.interval,
            "the Fréchet distance extrapolated to infinitely many samples; interval: of the fit over 1/N",
        )
    if few >= 3:
        kernel = kernel_distance_interval(real, fake)
        values["kernel_distance"] = Value(
            kernel.value, kernel.interval, "interval: jackknife over the samples of both sets"
        )
    if few > k:
        found = neighbourhood(real, fake, k)
        realistic = float(np.mean(found.realism >= 1))
        values["precision"] = Value(found.precision, _wilson(found.precision, m), _OVER_CANDIDATES)
        values["realism"] = Value(
            realistic, _wilson(realistic, m), f"share of R(g) of 1 and more; {_OVER_CANDIDATES}"
        )
        values["recall"] = Value(found.recall, _wilson(found.recall, n), _OVER_REALS)
        values["coverage"] = Value(found.coverage, _wilson(found.coverage, n), _OVER_REALS)
        values["density"] = Value(found.density, note="no interval: candidates share the radii")
    return values


def against_training(
    train: FloatArray, unseen: FloatArray, fake: FloatArray, seed: int, alike: FloatArray | None = None
) -> tuple[dict[str, Value], list[str]]:
    """Measure the novelty of candidates compared with the training samples; warn about what cannot be
    measured.

    Args:
        train: features of training samples.
        unseen: of unseen real samples.
        fake: of candidates.
        seed: of random draws.
        alike: features of training samples in the class shares of the candidates; None: all.
    """
    values: dict[str, Value] = {}
    warnings: list[str] = []
    if len(train) >= 2 and len(fake):
        authentic = authenticity(train, fake)
        share = float(authentic.mean())
        values["authenticity"] = Value(
            share,
            _wilson(share, len(fake)),
            "against the training samples; reference: the test samples. Compare with it: candidates far "
            f"from the data have 1; {_OVER_CANDIDATES}",
            float(authenticity(train, unseen).mean()) if len(unseen) else None,
        )
    if len(train) and min(len(unseen), len(fake)) >= _COPYING_NEEDS:
        try:
            found = copying(train, unseen, fake, fewest=_COPYING_NEEDS, seed=seed)
        except DataError as error:
            warnings.append(f"no c_t: {error}")
        else:
            values["c_t"] = Value(
                found.value,
                found.interval,
                "below -3 candidates are nearer to the training samples than test samples are, above 3 "
                f"farther; {found.cells} cells with {found.judged:.0%} of the test samples; interval: chance",
                0.0,
            )
    alike = train if alike is None else alike
    equal = min(len(alike), len(fake))
    if equal >= 2:
        rng = np.random.default_rng(seed)
        orders = [content_order(Rows(f, "features")) for f in (fake, alike)]  # independent of the input order
        drawn, own = (
            f[np.sort(order[rng.choice(len(f), equal, replace=False)])]
            for f, order in zip((fake, alike), orders, strict=True)
        )
        if drawn.any(axis=1).all() and own.any(axis=1).all():
            values["vendi_score"] = Value(
                vendi_score(drawn),
                note=f"on {equal} candidates, reference on as many training samples, for it grows with their "
                "number; above the reference also for noise; no interval: the copies in a bootstrap lower it",
                reference=vendi_score(own),
            )
        else:
            warnings.append("no vendi_score: the features of a sample are all 0 and have no direction")
    return values, warnings


def authenticity(train: FloatArray, fake: FloatArray) -> np.ndarray:
    """Return which fakes are farther from their nearest training sample than that sample is from its own
    nearest.
    """
    among = nearest_others(train).distances[:, 0]
    found = nearest(fake, train)
    return np.asarray(among[found.indices[:, 0]] < found.distances[:, 0])


def _wilson(share: float, n: int) -> tuple[float, float]:
    return wilson_interval(round(share * n), n)
