"""Mean and scatter of features, built block by block and merged without loss."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import blas
from torch import Tensor

from genaug.errors import DataError
from genaug_plugins.metrics.features import checked_rows
from genaug_plugins.metrics.rows import Rows

Doubles = NDArray[np.float64]

_BLOCK = 2**23
"""Values turned into float64 together: 64 MiB."""


@dataclass(frozen=True, eq=False)
class Moments:
    """What a Fréchet distance needs of a set of samples; its size does not grow with theirs.

    Attributes:
        count: N, how many samples.
        mean: float64 ``[D]``.
        scatter: float64 ``[D, D]``, Σ (x − mean)(x − mean)ᵀ, symmetric.
    """

    count: int
    mean: Doubles
    scatter: Doubles

    @staticmethod
    def of(features: ArrayLike | Tensor, what: str = "features") -> "Moments":
        """Measure a whole set; memory beyond it is that of one block and of the scatter.

        A CUDA tensor is read where it is.

        Args:
            features: ``[N, D]``, N ≥ 1; array, tensor or memory map.
            what: what they are called in an error.

        Raises:
            DataError: where features are not finite or there are none.
        """
        return Moments.streamed([features], what)

    @staticmethod
    def streamed(blocks: Iterable[ArrayLike | Tensor], what: str = "features") -> "Moments":
        """Measure a set that comes in blocks ``[n, D]``, none of them kept; e.g. a pool's shards.

        Raises:
            DataError: as `of`, and where blocks differ in D.
        """
        running: _Running | None = None
        for block in blocks:
            rows = checked_rows(block, what, at_least=1)
            running = running or _Running(rows.dimensions)
            if rows.dimensions != len(running.mean):
                raise DataError(
                    f"{what} have {len(running.mean)} dimensions in one block, {rows.dimensions} in another"
                )
            running.add(rows)
        if running is None:
            raise DataError(f"{what} hold no block at all")
        return running.moments()

    @staticmethod
    def of_rows(rows: Rows) -> "Moments":
        """Measure rows that are checked already, 1 or more."""
        running = _Running(rows.dimensions)
        running.add(rows)
        return running.moments()

    def merge(self, other: "Moments") -> "Moments":
        """Return the moments of both sets together (Chan, Golub & LeVeque 1979).

        ``scatter = A + B + δδᵀ · n·m/(n + m)``, δ the difference of the means: no sum of squares is
        ever formed around 0, so that an offset of the features costs no digits.

        Raises:
            DataError: where the two differ in D.
        """
        if len(self.mean) != len(other.mean):
            raise DataError(
                f"moments of {len(self.mean)} and of {len(other.mean)} dimensions cannot be merged: "
                "both must come from one extractor"
            )
        count = self.count + other.count
        step = other.mean - self.mean
        scatter = self.scatter + other.scatter
        scatter += np.outer(step, step * (self.count * other.count / count))
        return Moments(count, self.mean + step * (other.count / count), scatter)

    @property
    def covariance(self) -> Doubles:
        """Return the covariance ``[D, D]``, ddof 1.

        Raises:
            DataError: where there is one sample only.
        """
        if self.count < 2:
            raise DataError("one sample has no covariance: at least 2 are needed")
        return self.scatter / (self.count - 1)


class _Running:
    """Add up blocks in place, the lower triangle of the scatter alone: half the work of a full product."""

    def __init__(self, d: int) -> None:
        self.count, self.mean = 0, np.zeros(d)
        self._scatter = np.zeros((d, d), order="F")
        self._buffer: Tensor | None = None

    def add(self, rows: Rows) -> None:
        """Add samples, so many at once as fit the memory set aside."""
        step = max(1, _BLOCK // rows.dimensions)
        for start in range(0, len(rows), step):
            block = rows.block(slice(start, start + step))
            # One buffer for all blocks: fresh memory of this size costs more to map than to fill.
            if self._buffer is None or self._buffer.shape != block.shape:
                self._buffer = torch.empty_like(block, dtype=torch.float64)
            values = self._buffer.copy_(block)
            mean = values.mean(dim=0)
            values -= mean
            if values.device.type == "cpu":
                # numpy's x.T @ x takes the same routine, but allocates and adds the whole square each time;
                # torch has no product that knows it is symmetric.
                centred = values.numpy()
                self._scatter = blas.dsyrk(1.0, centred.T, beta=1.0, c=self._scatter, lower=1, overwrite_c=1)
            else:
                self._scatter += (values.T @ values).cpu().numpy()
            self._merge(mean.cpu().numpy(), len(values))

    def _merge(self, mean: Doubles, n: int) -> None:
        count = self.count + n
        step = mean - self.mean
        weight = self.count * n / count
        self._scatter = blas.dsyr(weight, step, a=self._scatter, lower=1, overwrite_a=1)
        self.mean, self.count = self.mean + step * (n / count), count

    def moments(self) -> Moments:
        """Return what was added up."""
        upper = torch.from_numpy(self._scatter.T)
        known = torch.ones(upper.shape, dtype=torch.bool).triu_()
        return Moments(self.count, self.mean, torch.where(known, upper, upper.T).numpy())
