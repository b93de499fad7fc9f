"""Which rows of a batch a process, or a part of its work, computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Rows:
    """Rows of a step's whole batch.

    A batch may be split over processes and, to save memory, within one. Randomness is drawn for
    the whole batch everywhere, so that the split changes nothing.

    Attributes:
        start, stop: the rows, ``0 <= start < stop <= total``.
        total: rows of the whole batch.
    """

    start: int
    stop: int
    total: int

    def of(self, whole: Tensor) -> Tensor:
        """Return these rows of ``[total, …]``."""
        return whole[self.start : self.stop]

    def __len__(self) -> int:
        return self.stop - self.start
