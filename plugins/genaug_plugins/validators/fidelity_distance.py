"""Whether candidates are near the real samples, beside the difference of two halves of the real ones."""

from dataclasses import dataclass

import numpy as np

from genaug.data.samples import FloatArray
from genaug_plugins.metrics.kernel_halves import Halves, kernel_halves
from genaug_plugins.metrics.neighbours.nearest import nearest

_QUANTILE = 0.99
"""Share of unseen real samples within the distance beyond which a candidate is far."""
_MOST = 0.5
"""Share of far candidates above which the candidates are far."""
_NEEDS = 20
"""Number of real samples, and of unseen ones, below which neither distance is compared."""


@dataclass(frozen=True)
class Nearness:
    """Distances of candidates and of real samples from real samples.

    Attributes:
        halves: kernel distances between two halves of the real samples; None: too few real samples.
        beyond: share of the candidates that are farther from their nearest training sample than 99 % of the
            unseen real samples are; None: too few of either.
    """

    halves: Halves | None
    beyond: float | None

    def far(self, kernel_distance: float | None) -> str:
        """Return in a sentence that the candidates are far from the real samples; "" where they are not.

        They are if their kernel distance is above that of halves of the real samples, and most of them are
        farther from their nearest training sample than real samples are.
        """
        if kernel_distance is None or self.halves is None or self.beyond is None or self.beyond <= _MOST:
            return ""
        low, high = self.halves.interval
        if kernel_distance <= high:
            return ""
        return (
            f"far from the real samples: they differ by {kernel_distance:.3g} (kernel distance), two "
            f"halves of the real ones differ by {low:.2g} to {high:.2g}. {self.beyond:.0%} of the "
            f"candidates are farther from their nearest training sample than {_QUANTILE:.0%} of the "
            "unseen real samples are. Look at them before you use them"
        )


def nearness(
    train: FloatArray, unseen: FloatArray, fake: FloatArray, real: FloatArray, seed: int
) -> Nearness:
    """Measure how far candidates are, beside real samples.

    Args:
        train: features of all training samples, ``[N, D]``.
        unseen: of unseen real samples, in the class shares of the candidates.
        fake: of the candidates.
        real: of the training and unseen samples in these class shares, which are divided.
        seed: of the divisions.
    """
    halves = kernel_halves(real, seed=seed) if len(unseen) and len(real) >= _NEEDS else None
    beyond = None
    if len(train) and len(fake) and len(unseen) >= _NEEDS:
        usual, found = (nearest(one, train).distances[:, 0] for one in (unseen, fake))
        beyond = float(np.mean(found > np.quantile(usual, _QUANTILE)))
    return Nearness(halves, beyond)
