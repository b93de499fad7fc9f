"""Keep what lies within the manifold of the training samples."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts import Candidates, Context, Extractor, Selector
from genaug.data import Selection, TrainView
from genaug.errors import DataError
from genaug.references import Use
from genaug_plugins.metrics.neighbours import realism

_OF_A_COPY = 1e9
"""Recorded where r/d is infinite: scores are finite numbers."""


class RealismSelector(Selector):
    """Keep candidates of high realism R(g) = max_i r_i / d(g, φ_i) (Kynkäänniemi et al. 2019).

    r_i is the distance of training sample i to its k-th nearest other one; the half with the larger
    radii is not trusted. As in the paper, all training samples count, of whichever class: whether a
    candidate looks like its own class is for `top-k` to say. R is infinite for a copy of a training
    sample: realism rewards copying, so look at the validator `memorization` as well. Such a score is recorded
    as 1e9.
    """

    name: ClassVar[str] = "realism"

    at_least: float = Field(default=1.0, ge=0)
    """The lowest realism kept; at 1 a candidate lies on the rim of a training sample's ball."""
    share: float | None = Field(default=None, gt=0, le=1)
    """Keep this share of each class, the most realistic, rounded to the nearest count, whatever
    their realism; None: go by `at_least`."""
    k: int = Field(default=3, ge=1)
    """Which neighbour's distance is a training sample's radius."""
    extractor: Use[Extractor] | None = None
    """The feature space. None: the pipeline's."""

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Measure the realism of each candidate.

        Raises:
            DataError: where there are k training samples or fewer.
        """
        if len(train.samples) <= self.k:
            raise DataError(
                f"selector realism: k = {self.k} neighbours need at least {self.k + 1} training samples, "
                f"and there are {len(train.samples)}: lower k"
            )
        samples = candidates.pool.samples
        if len(samples) == 0:
            return Selection(np.zeros(0, dtype=np.bool_), np.zeros(0, dtype="<U1"), {"realism": np.zeros(0)})
        real, fake = (context.features(self.extractor, s) for s in (train.samples, samples))
        values = realism(real, fake, self.k)
        copies = int(np.isinf(values).sum())
        values = np.minimum(values, _OF_A_COPY)
        if self.share is None:
            dropped = values < self.at_least
            reasons = np.array(
                [
                    f"realism {value:.3g}; at least {self.at_least:g} is kept" if drop else ""
                    for value, drop in zip(values, dropped, strict=True)
                ]
            )
        else:
            reasons = _beyond_share(values, candidates, self.share)
        notes = []
        if copies:
            notes.append(f"{copies} candidates have the features of a training sample, to the last digit")
        for label, name in enumerate(train.spec.class_names):
            rows = samples.labels == label
            if rows.any() and (reasons[rows] != "").all():
                notes.append(f"none of the {rows.sum()} candidates of class {name!r} is kept")
        return Selection(reasons == "", reasons, {"realism": values}, tuple(notes))


def _beyond_share(values: NDArray[np.float64], candidates: Candidates, share: float) -> NDArray[np.str_]:
    labels, ids = candidates.pool.samples.labels, candidates.pool.ids
    reasons = np.full(len(values), "", dtype="<U80")
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        rows = rows[np.lexsort((ids[rows], -values[rows]))]
        quota = round(share * len(rows))
        for rank, row in enumerate(rows[quota:], quota + 1):
            reasons[row] = (
                f"realism {values[row]:.3g} is rank {rank} of {len(rows)} in its class; {quota} are kept"
            )
    return reasons
