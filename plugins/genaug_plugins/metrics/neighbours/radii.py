"""Balls around samples: which others are within them, and at what relative distance."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from genaug_plugins.metrics.neighbours.distances import Doubles, SquaredDistances, Tile
from genaug_plugins.metrics.rows import Indices

Mask = NDArray[np.bool_]


class Radii:
    """Squared radii, exact and rounded for the comparison with bounds.

    Args:
        squared: float64 ``[N]``
        distances: whose bounds they are compared with.
    """

    def __init__(self, squared: Doubles, distances: SquaredDistances) -> None:
        self.squared = squared
        self.rounded = torch.from_numpy(squared).to(distances.device, distances.dtype)


def pairs_within(tile: Tile, radii: Radii) -> tuple[Indices, Indices, Mask]:
    """Return the pairs of a tile with d² ≤ r², r being the row's radius.

    Args:
        tile: bounds of the pairs.
        radii: of all rows, not only this tile's.

    Returns:
        Rows and columns ``[P]``, counted over all tiles, and whether d² < r².
    """
    rounded = radii.rounded[tile.rows]
    i, j, lower = tile.up_to(rounded)
    open_ = (~(tile.upper(i, j, lower) < rounded[i])).cpu().numpy()
    rows, columns = (i + tile.rows.start).cpu().numpy(), (j + tile.columns.start).cpu().numpy()
    within, strictly = np.ones(len(rows), dtype=np.bool_), np.ones(len(rows), dtype=np.bool_)
    exact, squared = tile.exact(rows[open_], columns[open_]), radii.squared[rows[open_]]
    within[open_], strictly[open_] = exact <= squared, exact < squared
    return rows[within], columns[within], strictly[within]


class RatioSearch:
    """Finds max_j r_j²/d_ij² of each row from tiles of bounds in any order.

    If r_j and d_ij are both 0, the ratio is defined as 1.

    Args:
        distances: of the tiles.
        n: number of rows.
        radii: r² of all columns.
        trusted: bool ``[M]``, which columns are used; at least one.
    """

    def __init__(self, distances: SquaredDistances, n: int, radii: Radii, trusted: Mask) -> None:
        self._distances, self._radii = distances, radii
        self._trusted = torch.from_numpy(trusted).to(distances.device)
        # An upper bound of the smallest d²/r² of each row: pairs above it cannot be the best.
        self._ratio = torch.full((n,), torch.inf, dtype=distances.dtype, device=distances.device)
        self._candidates: list[tuple[Tensor, Tensor, Tensor]] = []

    def add(self, tile: Tile) -> None:
        """Store the pairs of a tile that may be the best of their row."""
        columns = self._trusted[tile.columns].nonzero()[:, 0]
        if len(columns) == 0:
            return
        lower, radii = tile.lower[: len(tile.least), columns], self._radii.rounded[tile.columns][columns]
        # Radii so small that a division by them overflows are increased: this only adds candidates.
        least = (lower / radii.clamp_min(torch.finfo(radii.dtype).tiny)).amin(dim=1)
        rows = (least <= self._ratio[tile.rows]).nonzero()[:, 0]
        if len(rows) == 0:
            return
        lower = lower[rows]
        upper = lower + tile.row_slack[rows, None] + tile.column_slack[columns]
        ratio = (upper / radii).amin(dim=1) * (1 + 8 * torch.finfo(upper.dtype).eps)
        rows = rows + tile.rows.start
        self._ratio[rows] = ratio = torch.minimum(self._ratio[rows], ratio)
        i, j = self._may_win(lower, ratio[:, None], radii).nonzero().unbind(dim=1)
        self._candidates.append((rows[i], columns[j] + tile.columns.start, lower[i, j]))

    def result(self) -> Doubles:
        """Return max r²/d² of each row, ``[n]``."""
        best = np.zeros(len(self._ratio))
        if not self._candidates:
            return best
        i, j, lower = (torch.cat(parts) for parts in zip(*self._candidates, strict=True))
        wanted = self._may_win(lower, self._ratio[i], self._radii.rounded[j])
        rows, columns = i[wanted].cpu().numpy(), j[wanted].cpu().numpy()
        exact, radii = self._distances.exact(rows, columns), self._radii.squared[columns]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratios = np.where((exact == 0) & (radii == 0), 1.0, radii / exact)
        np.maximum.at(best, rows, ratios)
        return best

    @staticmethod
    def _may_win(lower: Tensor, ratio: Tensor, radii: Tensor) -> Tensor:
        return lower <= (ratio * radii).nan_to_num(nan=0.0, posinf=torch.inf)  # ∞·0: only a copy qualifies
