"""Real samples in the class shares of the candidates, so that a comparison is not one of class shares."""

from dataclasses import dataclass

import numpy as np

from genaug.data import Samples
from genaug.data.folds import random_keys
from genaug.data.samples import IntArray

UNLIKE = 0.1
"""Total variation distance of two class mixes above which they are not compared as they are."""


@dataclass(frozen=True)
class Mix:
    """The class counts of candidates, ``[C]``, and their names."""

    counts: IntArray
    names: tuple[str, ...]

    def unlike(self, samples: Samples) -> bool:
        """Return whether the class shares of samples differ from these."""
        own, theirs = self.counts, samples.per_class(len(self.names))
        if not (own.sum() and theirs.sum()):
            return False
        return bool(np.abs(own / own.sum() - theirs / theirs.sum()).sum() / 2 > UNLIKE)

    def matched(self, samples: Samples, seed: int) -> Samples:
        """Return as many of the samples as have these class shares, those of lowest random keys.

        They are all of the class that is scarcest in relation to its share, and fewer of the others.
        """
        shares = self.counts / self.counts.sum()
        known = samples.per_class(len(self.names))
        present = shares > 0
        most = float((known[present] / shares[present]).min())
        wanted = np.minimum(np.rint(shares * most).astype(np.int64), known)
        keys = random_keys(samples.ids, seed, "class mix")
        rows = [
            own[np.argsort(keys[own], kind="stable")[: wanted[label]]]
            for label in np.flatnonzero(present)
            for own in [np.flatnonzero(samples.labels == label)]
        ]
        return samples.take(np.sort(np.concatenate(rows)))

    def described(self, of: Samples | None = None) -> str:
        """Return the share of the largest class, of these counts or of samples: ``96 % 'ok'``."""
        counts = self.counts if of is None else of.per_class(len(self.names))
        largest = int(counts.argmax())
        return f"{counts[largest] / counts.sum():.0%} {self.names[largest]!r}".replace("%", " %")
