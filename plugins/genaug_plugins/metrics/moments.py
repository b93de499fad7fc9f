"""Mean and scatter of features, accumulated block by block and merged exactly."""

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
"""Number of values converted to float64 at once: 64 MiB."""


@dataclass(frozen=True, eq=False)
class Moments:
    """The moments of a set of samples that a Fréchet distance needs; independent of their number in size.

    Attributes:
        count: N, the number of samples.
        mean: float64 ``[D]``.
        scatter: float64 ``[D, D]``, Σ (x − mean)(x − mean)ᵀ, symmetric.
    """

    count: int
    mean: Doubles
    scatter: Doubles

    @staticmethod
    def of(features: ArrayLike | Tensor, what: str = "features") -> "Moments":
        """Compute the moments of a whole set; the extra memory is that of one block and of the scatter.

        A CUDA tensor is processed on its device.

        Args:
            features: ``[N, D]``, N ≥ 1; array, tensor or memory map.
            what: their name in an error.

        Raises:
            DataError: if features are not finite or there are none.
        """
        return Moments.streamed([features], what)

    @staticmethod
    def streamed(blocks: Iterable[ArrayLike | Tensor], what: str = "features") -> "Moments":
        """Compute the moments of a set given in blocks ``[n, D]``, none of them kept; e.g. a pool's shards.

        Raises:
            DataError: as `of`, and if blocks differ in D.
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
            raise DataError(f"{what} have no blocks")
        return running.moments()

    @staticmethod
    def of_rows(rows: Rows) -> "Moments":
        """Compute the moments of 1 or more rows that are already checked."""
        running = _Running(rows.dimensions)
        running.add(rows)
        return running.moments()

    def merge(self, other: "Moments") -> "Moments":
        """Return the moments of both sets together (Chan, Golub & LeVeque 1979).

        ``scatter = A + B + δδᵀ · n·m/(n + m)``, δ the difference of the means: no sum of squares around 0 is
        formed, so that an offset of the features causes no loss of precision.

        Raises:
            DataError: if the two differ in D.
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
            DataError: if there is only one sample.
        """
        if self.count < 2:
            raise DataError("one sample has no covariance: at least 2 are needed")
        return self.scatter / (self.count - 1)


class _Running:
    """Accumulates blocks in place, only the lower triangle of the scatter: half the work of a full
    product.
    """

    def __init__(self, d: int) -> None:
        self.count, self.mean = 0, np.zeros(d)
        self._scatter = np.zeros((d, d), order="F")
        self._buffer: Tensor | None = None

    def add(self, rows: Rows) -> None:
        """Add samples, in steps that fit into the buffer."""
        step = max(1, _BLOCK // rows.dimensions)
        for start in range(0, len(rows), step):
            block = rows.block(slice(start, start + step))
            # One buffer for all blocks: allocating memory of this size takes longer than filling it.
            if self._buffer is None or self._buffer.shape != block.shape:
                self._buffer = torch.empty_like(block, dtype=torch.float64)
            values = self._buffer.copy_(block)
            mean = values.mean(dim=0)
            values -= mean
            if values.device.type == "cpu":
                # numpy's x.T @ x uses the same routine, but allocates and adds the full square each time;
                # torch has no symmetric product.
                centred = values.numpy()
                self._scatter = blas.dsyrk(1.0, centred.T, beta=1.0, c=self._scatter, lower=1, overwrite_c=1)
            else:
                self._scatter += (values.T @ values).cpu().numpy()
            # As `Moments.merge`.
            n, count = len(values), self.count + len(values)
            shift = mean.cpu().numpy() - self.mean
            weight = self.count * n / count
            self._scatter = blas.dsyr(weight, shift, a=self._scatter, lower=1, overwrite_a=1)
            self.mean, self.count = self.mean + shift * (n / count), count

    def moments(self) -> Moments:
        """Return the accumulated moments."""
        upper = torch.from_numpy(self._scatter.T)
        known = torch.ones(upper.shape, dtype=torch.bool).triu_()
        return Moments(self.count, self.mean, torch.where(known, upper, upper.T).numpy())
