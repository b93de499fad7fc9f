"""Dynamic time warping (DTW) of many pairs of signals at once, and averages under it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Moves = list[tuple[int, NDArray[np.int8]]]


def warping_paths(a: Doubles, b: Doubles, radius: int) -> tuple[Doubles, Moves]:
    """Align signals of B pairs by the path of the least squared distance.

    Args:
        a: ``[B, T, C]``.
        b: ``[B, T, C]``.
        radius: largest |i − j| of aligned times i and j, at least 1.

    Returns:
        DTW distances, the root of the summed squares, ``[B]``; and the moves that `steps_back` follows.
    """
    pairs, length, _ = a.shape
    empty = np.full((pairs, 2 * radius + 3), np.inf)  # cost by i − j, one anti-diagonal i + j at a time
    before, before_2 = empty, empty
    moves: Moves = []
    for total in range(2 * length - 1):
        low = max(0, total - length + 1, -((radius - total) // 2))
        high = min(total, length - 1, (total + radius) // 2)  # of i
        here = ((a[:, low : high + 1] - b[:, total - high : total - low + 1][:, ::-1]) ** 2).sum(axis=2)
        first = 2 * low - total + radius + 1
        at = slice(first, first + 2 * (high - low) + 1, 2)
        now = empty.copy()
        if total:
            up, left = (slice(at.start + step, at.stop + step, 2) for step in (-1, 1))
            # from (i − 1, j − 1), (i − 1, j), (i, j − 1)
            ways = np.stack([before_2[:, at], before[:, up], before[:, left]])
            chosen = ways.argmin(axis=0)
            here = here + np.take_along_axis(ways, chosen[None], axis=0)[0]
            moves.append((low, chosen.astype(np.int8)))
        else:
            moves.append((low, np.zeros(here.shape, dtype=np.int8)))
        now[:, at] = here
        before, before_2 = now, before
    return np.sqrt(before[:, radius + 1]), moves


def steps_back(moves: Moves, pairs: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield the aligned times of all pairs, from the last to the first: pairs, times i, times j."""
    last = len(moves) - 1
    total, i = np.full(pairs, last), np.full(pairs, last // 2)
    for now in range(last, -1, -1):
        rows = np.flatnonzero(total == now)
        if not len(rows):
            continue
        times = i[rows]
        yield rows, times, now - times
        low, chosen = moves[now]
        move = chosen[rows, times - low]
        i[rows] -= move < 2
        total[rows] -= np.where(move == 0, 2, 1)


def barycenters(signals: Doubles, weights: Doubles, radius: int, iterations: int) -> Doubles:
    """Return weighted averages of G groups of signals under DTW, ``[G, T, C]``.

    DTW barycenter averaging (Petitjean, Ketterlin & Gançarski 2011): from the first signal of each group on,
    each time of the average becomes the weighted mean of the values that are aligned with it. It ends where
    nothing changes.

    Args:
        signals: ``[G, k, T, C]``.
        weights: ``[G, k]``, not negative; that of the first signal is positive.
        radius: of `warping_paths`.
        iterations: maximum number of iterations.
    """
    groups, each, length, channels = signals.shape
    flat = signals.reshape(groups * each, length, channels)
    center = signals[:, 0]
    for _ in range(iterations):
        _, moves = warping_paths(np.repeat(center, each, axis=0), flat, radius)
        sums, counts = np.zeros_like(flat), np.zeros((len(flat), length))
        for rows, i, j in steps_back(moves, len(flat)):
            sums[rows, i] += flat[rows, j]
            counts[rows, i] += 1
        total = (weights[:, :, None] * counts.reshape(groups, each, length)).sum(axis=1)
        share = weights[:, :, None, None] * sums.reshape(signals.shape)
        new = share.sum(axis=1) / total[:, :, None]
        if np.array_equal(new, center):
            break
        center = new
    return center
