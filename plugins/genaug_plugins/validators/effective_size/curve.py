"""The learning curve of a task on real data, and the position of an augmented training set on it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.data import Samples
from genaug.data.samples import IntArray
from genaug.statistics.bounds import Bounds
from genaug_plugins.validators.effective_size.power_law import PowerLaw, fit_through_last

Doubles = NDArray[np.float64]
AT_LEAST = 2
"""Minimum number of samples of each class in a subset: one sample gives no estimate of a class's spread."""


@dataclass(frozen=True, eq=False)
class Curve:
    """The errors on each test sample, for each training set.

    Attributes:
        sizes: ``[k]``, rising: real samples of each training set, the whole view last.
        wrong: ``[k + 1, S, N]``, 1 where the prediction is wrong, else 0; the augmented training set last.
        labels: ``[N]``, the classes of the test samples.
        added: m_G, the number of synthetic samples in the augmented set.
        farthest: largest size up to which the curve is extrapolated, in multiples of the whole view.
        bounds: of an error: (0, 1) where predictions are right or wrong.
    """

    sizes: Doubles
    wrong: Doubles
    labels: IntArray
    added: int
    farthest: float
    bounds: Bounds = (0.0, 1.0)

    def weighed(self, row: int) -> Doubles:
        """Return a training set's errors ``[S, N]``, whose mean is its balanced error."""
        weighed: Doubles = self.wrong[row] * self._weights()
        return weighed

    @property
    def grain(self) -> float:
        """Return the change of the balanced error by one more wrong sample of the rarest class."""
        return float(self._weights().max() / len(self.labels))

    def errors(self) -> Doubles:
        """Return the balanced error of each training set, ``[k + 1]``."""
        errors: Doubles = (self.wrong * self._weights()).mean(axis=(1, 2))
        return errors

    def fitted(self) -> PowerLaw:
        """Return the power law through the errors of the real training sets."""
        return fit_through_last(self.sizes, self.errors()[:-1])

    def worth_in_samples(self, law: PowerLaw) -> float:
        """Return m*, the number of real samples with the same error as the augmented set.

        Minus infinity below the smallest training set, infinity beyond `farthest` times the largest.
        """
        return self._inverted(law, self.errors())

    def interval(self, resamples: int, rng: np.random.Generator) -> tuple[float, float]:
        """Return the 95 % percentile interval of m*.

        Seeds and test samples (the latter class by class) are resampled jointly (the pigeonhole bootstrap:
        Owen 2007), the same for every training set; a curve is fitted to each resample. The sampling noise
        of the training view and of the synthetic samples, of which there is one draw each, is added as
        normal noise with the variance `draw_variance` of the difference between the two errors.
        """
        noise = rng.normal(0.0, self.draw_variance() ** 0.5, resamples)
        found = []
        for errors, shift in zip(self._drawn(resamples, rng), noise, strict=True):
            law = fit_through_last(self.sizes, errors[:-1])
            errors[-1] += shift
            found.append(self._inverted(law, errors))
        found.sort()
        # Ends are resampled values, never means of two: infinite ones stay infinite.
        last = len(found) - 1
        return float(found[int(np.floor(0.025 * last))]), float(found[int(np.ceil(0.975 * last))])

    def draw_variance(self) -> float:
        """Return the variance, over draws of all samples, of the augmented error minus the whole view's.

        An error that depends on its m samples like a mean has the variance κ/m over draws, and the
        difference to the error of a subset with m_S of its m_T samples has the variance κ·(1/m_S − 1/m_T). κ
        is estimated from the subsets of the two next sizes: their variance over seeds, minus that of the
        whole view, which is due to training alone, divided by the share 1 − m/m_S that remains when subsets
        are drawn from the whole view. Synthetic samples are assumed to have the same κ as real ones.
        """
        over_seeds = np.array([self.weighed(row).mean(axis=1).var(ddof=1) for row in range(len(self.sizes))])
        m, whole = self.sizes[-3:-1], self.sizes[-1]
        drawn = np.maximum(over_seeds[-3:-1] - over_seeds[-1], 0.0) / (1 - m / whole)
        kappa = float((m * drawn).mean())
        return float(kappa * (1 / whole - 1 / (whole + self.added)))

    def _drawn(self, resamples: int, rng: np.random.Generator) -> Iterator[Doubles]:
        seeds, n = self.wrong.shape[1:]
        rows = [np.flatnonzero(self.labels == label) for label in np.unique(self.labels)]
        table = self.wrong * self._weights() / n
        for _ in range(resamples):
            of_seed = rng.multinomial(seeds, np.full(seeds, 1 / seeds)) / seeds
            of_sample = np.zeros(n)
            for own in rows:
                of_sample[own] = rng.multinomial(len(own), np.full(len(own), 1 / len(own)))
            yield (table @ of_sample) @ of_seed

    def _inverted(self, law: PowerLaw, errors: Doubles) -> float:
        # As many errors as the whole view: its size, even if the curve is flat.
        if np.isclose(errors[-1], errors[-2], rtol=0, atol=1e-12):
            return float(self.sizes[-1])
        samples = law.samples_for(float(errors[-1]))
        if samples > self.farthest * self.sizes[-1]:
            return float("inf")
        return samples if samples >= self.sizes[0] else float("-inf")

    def _weights(self) -> Doubles:
        _, of_sample, counts = np.unique(self.labels, return_inverse=True, return_counts=True)
        return np.asarray(len(self.labels) / (len(counts) * counts[of_sample]))


def subset_sizes(train: Samples, points: int, smallest: float) -> dict[float, int]:
    """Return the sizes of stratified subsets by their share, rising, 1 the last; no size twice.

    Shares are spaced geometrically, from the smallest that leaves `AT_LEAST` samples of every class; only 1
    if half of a class would be fewer than that.
    """
    _, counts = np.unique(train.labels, return_counts=True)
    if not len(counts):
        return {}
    first = max(smallest, AT_LEAST / counts.min())
    shares = np.geomspace(first, 1.0, points) if first <= 0.5 else np.ones(1)
    sizes: dict[float, int] = {}
    for share in shares.tolist()[::-1]:
        size = sum(_kept(count, share) for count in counts.tolist())
        if size not in sizes.values():
            sizes[share] = size
    return dict(reversed(sizes.items()))


def subset(train: Samples, share: float, rng: np.random.Generator) -> Samples:
    """Return a random subset with the given share of each class.

    With generators in the same state, a smaller subset is contained in a larger one.
    """
    rows = []
    for label in np.unique(train.labels):
        own = rng.permutation(np.flatnonzero(train.labels == label))
        rows.append(own[: _kept(len(own), share)])
    return train.take(np.sort(np.concatenate(rows)))


def _kept(count: int, share: float) -> int:
    return max(min(AT_LEAST, count), round(share * count))
