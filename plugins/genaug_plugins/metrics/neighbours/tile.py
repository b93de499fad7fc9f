"""Bounds on the squared distances of some rows from some others."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genaug_plugins.metrics.rows import Indices

Doubles = NDArray[np.float64]

_GROUP = 8
"""Number of pairs of a row that form a group, whose smallest bound is compared first."""


def length(run: slice) -> int:
    """Return the number of rows of a run."""
    return int(run.stop - run.start)


def padded(run: slice) -> int:
    """Return the size padded to whole groups."""
    return -(-length(run) // _GROUP) * _GROUP


def filled(values: Tensor) -> Tensor:
    """Return values padded with zeros to whole groups."""
    return torch.nn.functional.pad(values, [0, -len(values) % _GROUP])


@dataclass(frozen=True, eq=False)
class Tile:
    """Bounds on the squared distances of some rows of `a` from some of `b`.

    Attributes:
        lower: ``[R, C]``, padded with infinity to whole groups; the upper bound is
            ``lower + row_slack[:, None] + column_slack``.
        rows: which rows of `a`.
        columns: which of `b`.
        row_slack: ``[R]``
        column_slack: ``[C]``
        pairs: computes the exact squared distances of pairs of a row of `a` and one of `b`.
        turned: whether rows are those of `b`, and columns those of `a`.
    """

    lower: Tensor
    rows: slice
    columns: slice
    row_slack: Tensor
    column_slack: Tensor
    pairs: Callable[[Indices, Indices], Doubles]
    turned: bool = False

    @cached_property
    def transposed(self) -> "Tile":
        """The same pairs as distances of rows of `b` from rows of `a`."""
        slacks = self.column_slack, self.row_slack
        return Tile(self.lower.T, self.columns, self.rows, *slacks, self.pairs, not self.turned)

    @cached_property
    def least(self) -> Tensor:
        """The least lower bound of each group of columns, ``[rows, C / 8]``."""
        columns, rows = self.lower.shape[1], length(self.rows)
        if self.turned:  # reduced in memory order: many times faster
            lower = self.lower.T[:, :rows].reshape(_GROUP, columns // _GROUP, rows)
            return lower.amin(dim=0).T.contiguous()
        return self.lower[:rows].reshape(rows, _GROUP, columns // _GROUP).amin(dim=1)

    @cached_property
    def least_upper(self) -> Tensor:
        """An upper bound of the nearest of each group of columns, ``[rows, C / 8]``."""
        slack = self.column_slack.reshape(_GROUP, -1).amax(dim=0)
        return self.least + self.row_slack[: len(self.least), None] + slack

    def up_to(self, highest: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Find the pairs whose lower bound is finite and not above the limit of their row, ``[rows]``.

        Returns:
            Rows and columns ``[P]``, counted within the tile, and the lower bounds.
        """
        groups = self.least.shape[1]
        row, group = (self.least <= highest[:, None]).nonzero().unbind(dim=1)
        members = group[:, None] + groups * torch.arange(_GROUP, device=group.device)
        lower = self.lower[row[:, None], members]
        pair, member = ((lower <= highest[row, None]) & (lower < torch.inf)).nonzero().unbind(dim=1)
        return row[pair], members[pair, member], lower[pair, member]

    def upper(self, i: Tensor, j: Tensor, lower: Tensor) -> Tensor:
        """Return the upper bounds of pairs counted within the tile, given their lower ones."""
        return lower + self.row_slack[i] + self.column_slack[j]

    def exact(self, i: Indices, j: Indices) -> Doubles:
        """Return the squared distances of pairs of a row and a column, both counted over all tiles."""
        return self.pairs(j, i) if self.turned else self.pairs(i, j)
