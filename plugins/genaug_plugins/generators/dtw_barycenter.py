"""Averages of a class's signals under dynamic time warping."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug.data import SampleSpec
from genaug.data.samples import IntArray
from genaug_plugins.generators.sample_based import Doubles, Learned, SampleBasedGenerator

CELLS = 2_000_000
"""Maximum number of cells of the alignments that are computed at once, to limit the memory."""


class DtwBarycenterGenerator(SampleBasedGenerator):
    """Average a signal with others of its class, aligned by dynamic time warping.

    Peaks that are early in one signal and late in another stay peaks, where a plain mean flattens them. The
    signal that a sample starts from has the weight 1; k random others of its class have the weights
    u·exp(ln ½ · d/d̄), with the DTW distance d to it, the mean d̄ of these distances, and u ~ Exp(1), so that
    no two samples are alike. Their barycenter is found by DTW barycenter averaging from the first signal on
    (Petitjean et al. 2011). It is near the "average selected with distance" of Forestier et al. 2017, where
    u = 1, and the smallest distance takes the place of d̄, so that a near copy leaves the others no weight.
    A sample is about where the signal is that it starts from: nothing is shifted to a new place. Channels
    are warped together, each in units of its standard deviation. A sample of a class of one is a copy.
    """

    name: ClassVar[str] = "dtw-barycenter"
    modalities: ClassVar[frozenset[str]] = frozenset({"signal"})

    others: int = Field(default=5, ge=1)
    """k, the number of further signals in an average; all others of the class where it has fewer."""
    window: float = Field(default=0.1, gt=0, le=1)
    """Longest shift in time, as a share of the signal's length (Sakoe-Chiba band)."""
    iterations: int = Field(default=10, ge=1)
    """Maximum number of iterations; they end where nothing changes."""

    def too_few(self, counts: IntArray, spec: SampleSpec) -> str:
        """Refuse data where no class has two signals."""
        if counts.max() >= 2:
            return ""
        return "averages signals of a class, and no class has two in training: ask for more in `split`"

    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return an average around each base."""
        from genaug_plugins.generators.time_warping import barycenters, warping_paths

        unit = np.where(learned.unit() > 0, learned.unit(), 1.0)
        channels, length = learned.spec.shape
        shape = (-1, channels, length)
        own = (learned.of_class(label) / unit).reshape(shape).swapaxes(1, 2)  # [n, T, C]
        starts = (bases / unit).reshape(shape).swapaxes(1, 2)
        each, radius = min(self.others, len(own)), max(1, round(self.window * length))
        chosen, chance = np.repeat(starts[:, None], each, axis=1), np.zeros((len(starts), each))
        for row, start in enumerate(starts):
            rows = rng.permutation(np.flatnonzero((own != start).any(axis=(1, 2))))[:each]
            chosen[row, : len(rows)] = own[rows]  # the rest are the start itself, with the weight 0
            chance[row, : len(rows)] = rng.exponential(size=len(rows))
        made = np.empty_like(starts)
        block = max(1, CELLS // ((each + 1) * length * (2 * radius + 1)))
        for at in range(0, len(starts), block):
            part = slice(at, at + block)
            start, others = starts[part], chosen[part]
            pairs = np.repeat(start, each, axis=0), others.reshape(-1, length, channels)
            distances = warping_paths(*pairs, radius)[0].reshape(-1, each)
            mean = distances.mean(axis=1, keepdims=True)
            weights = chance[part] * np.exp(np.log(0.5) * distances / np.where(mean > 0, mean, 1))
            signals = np.concatenate([start[:, None], others], axis=1)
            first = np.ones((len(start), 1))
            made[part] = barycenters(
                signals, np.concatenate([first, weights], axis=1), radius, self.iterations
            )
        varied: Doubles = made.swapaxes(1, 2).reshape(bases.shape) * unit
        return varied
