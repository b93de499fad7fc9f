"""The learning curve of a task on real data, and where an augmented training set lies on it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.data import Samples
from genaug.data.samples import IntArray
from genaug_plugins.validators.effective_size.power_law import PowerLaw, fit_through_last

Doubles = NDArray[np.float64]
AT_LEAST = 2
"""Samples that a subset leaves of each class that has them: one alone says nothing of a class's spread."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Hold which test samples were predicted wrongly, by what each training set had.

    Attributes:
        sizes: ``[k]``, rising: real samples of each training set, the whole view last.
        wrong: ``[k + 1, S, N]``, 1 where a fit was wrong, else 0; the augmented training set last.
        labels: ``[N]``, the classes of the test samples.
        added: m_G, how many synthetic samples the augmented set has.
        farthest: how many times the whole view the curve is followed.
    """

    sizes: Doubles
    wrong: Doubles
    labels: IntArray
    added: int
    farthest: float

    def weighed(self, row: int) -> Doubles:
        """Return a training set's errors ``[S, N]``, whose mean is its balanced error."""
        weighed: Doubles = self.wrong[row] * self._weights()
        return weighed

    @property
    def grain(self) -> float:
        """Return what the balanced error changes by where one more sample of the rarest class is wrong."""
        return float(self._weights().max() / len(self.labels))

    def errors(self) -> Doubles:
        """Return the balanced error of each training set, ``[k + 1]``."""
        errors: Doubles = (self.wrong * self._weights()).mean(axis=(1, 2))
        return errors

    def fitted(self) -> PowerLaw:
        """Return the power law through the errors of the real training sets."""
        return fit_through_last(self.sizes, self.errors()[:-1])

    def worth_in_samples(self, law: PowerLaw) -> float:
        """Return m*, how many real samples have the error of the augmented set.

        Minus infinity below the smallest training set, infinity beyond `farthest` times the largest.
        """
        return self._inverted(law, self.errors())

    def interval(self, resamples: int, rng: np.random.Generator) -> tuple[float, float]:
        """Return the 95 % percentile interval of m*.

        Seeds and test samples, these class by class, are drawn with replacement at once (the pigeonhole
        bootstrap: Owen 2007), the same for every training set; each draw has a curve of its own. The
        luck of the training view and of the synthetic samples, of which there is one draw each, is added as
        normal noise of the variance that `luck` gives to the difference between the two errors.
        """
        noise = rng.normal(0.0, self.luck() ** 0.5, resamples)
        found = []
        for errors, lucky in zip(self._drawn(resamples, rng), noise, strict=True):
            law = fit_through_last(self.sizes, errors[:-1])
            errors[-1] += lucky
            found.append(self._inverted(law, errors))
        found.sort()
        # Ends are draws, never means of two: infinite ones stay infinite.
        last = len(found) - 1
        return float(found[int(np.floor(0.025 * last))]), float(found[int(np.ceil(0.975 * last))])

    def luck(self) -> float:
        """Return the variance, over draws of all samples, of the augmented error minus the whole view's.

        An error that depends on its m samples as a mean does has the variance κ/m over draws, and that of a
        set that holds m_S of its m_T samples differs from it by one of κ·(1/m_S − 1/m_T). κ is what
        the subsets of the two next sizes show: their variance over seeds, less that of the whole view, which
        is of training alone, over the share 1 − m/m_S that drawing from the whole view leaves of it.
        Synthetic samples are taken to be as lucky as real ones.
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
        # No more and no fewer errors than the whole view: its size, even where a curve is flat.
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

    Shares are evenly apart as powers, from the smallest that leaves `AT_LEAST` samples of every class;
    there is none but 1 where a class could not spare half of its samples.
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
    """Return so large a share of each class, drawn by lot.

    Of generators in one state, a smaller share lies in a larger one.
    """
    rows = []
    for label in np.unique(train.labels):
        own = rng.permutation(np.flatnonzero(train.labels == label))
        rows.append(own[: _kept(len(own), share)])
    return train.take(np.sort(np.concatenate(rows)))


def _kept(count: int, share: float) -> int:
    return max(min(AT_LEAST, count), round(share * count))
