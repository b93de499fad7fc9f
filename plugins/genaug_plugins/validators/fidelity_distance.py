"""Whether candidates are near the real samples, beside the difference of two halves of the real ones."""

from dataclasses import dataclass

import numpy as np

from genaug.data.samples import FloatArray
from genaug_plugins.metrics.kernel_halves import Halves, kernel_halves
from genaug_plugins.metrics.neighbours.nearest import nearest
from genaug_plugins.validators.fidelity_values import Value

_QUANTILE = 0.99
"""Share of unseen real samples within the distance beyond which a candidate is far."""
_MOST = 0.5
"""Share of far candidates above which the candidates are far."""
_PART = 0.5
"""Coverage by candidates, as a part of that by real samples, below which the candidates are far."""
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

    def far(self, distance: Value | None, coverage: Value | None, real_coverage: Value | None) -> str:
        """Return in a sentence that the candidates are far from the real samples; "" where they are not.

        They are if their kernel distance is above that of halves of the real samples, and either most of
        them are farther from their nearest training sample than real samples are, or they cover less than
        half as many of the unseen samples as training samples do, by the upper end of the interval.

        Args:
            distance: kernel distance of the candidates from unseen real samples.
            coverage: share of the unseen samples with a candidate near; None where there are fewer candidates
                than training samples, which cover less even if they are real.
            real_coverage: share of the unseen samples with a training sample near.
        """
        if distance is None or self.halves is None or self.beyond is None:
            return ""
        low, high = self.halves.interval
        if distance.value <= high:
            return ""
        said = (
            f"far from the real samples: they differ by {distance.value:.3g} (kernel distance), two "
            f"halves of the real ones differ by {low:.2g} to {high:.2g}."
        )
        if self.beyond > _MOST:
            return (
                f"{said} {self.beyond:.0%} of the candidates are farther from their nearest training sample "
                f"than {_QUANTILE:.0%} of the unseen real samples are. Look at them before you use them"
            )
        if coverage is None or coverage.interval is None or real_coverage is None:
            return ""
        if coverage.interval[1] >= _PART * real_coverage.value:
            return ""
        return (
            f"{said} {coverage.value:.0%} of the unseen real samples have a candidate near, and "
            f"{real_coverage.value:.0%} a training sample. Look at them before you use them"
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
