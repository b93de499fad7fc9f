"""The rows of a batch that a process, or a part of its work, computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """A range of rows of a step's batch.

    A batch may be split over processes and, to save memory, into parts. Randomness is always drawn for the
    entire batch, so that the split does not change it.

    Attributes:
        start, stop: the range, ``0 <= start < stop <= total``.
        total: number of rows of the batch.
    """

    start: int
    stop: int
    total: int

    def of(self, whole: Tensor) -> Tensor:
        """Return these rows of ``[total, …]``."""
        return whole[self.start : self.stop]

    def __len__(self) -> int:
        return self.stop - self.start
