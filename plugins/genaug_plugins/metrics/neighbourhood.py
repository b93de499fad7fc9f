"""Precision, recall, density, coverage, realism and authenticity: fidelity metrics based on nearest
neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from genaug_plugins.metrics.features import checked_rows_pair
from genaug_plugins.metrics.neighbours.distances import Doubles, Progress, SquaredDistances, tile_count
from genaug_plugins.metrics.neighbours.nearest import Nearest, NearestSearch, check_k, k_nearest_others
from genaug_plugins.metrics.neighbours.radii import Radii, RatioSearch, pairs_within
from genaug_plugins.metrics.neighbours.unique_rows import unique_rows

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The distribution of fake samples relative to real ones.

    Attributes:
        k: the neighbour whose distance is a sample's radius.
        precision: share of fakes within the radius of a real sample, 0 … 1.
        recall: share of reals within the radius of a fake sample, 0 … 1.
        density: mean number of real radii that a fake is within, over k; 0 … n_real/k, 1 is typical.
        coverage: share of reals with a fake within their radius, 0 … 1.
        realism: float64 ``[n_fake]``, R(g); at least 1 where g is within a trusted radius, infinite
            for a copy of a real sample whose radius is not 0.
        authenticity: share of fakes farther from their nearest real sample than that one is from
            its own nearest, 0 … 1; 0.5 is typical for new draws from the reals' distribution.
        authentic: bool ``[n_fake]``.
        nearest: the nearest real sample of each fake, k = 1.
    """

    k: int
    precision: float
    recall: float
    density: float
    coverage: float
    realism: Doubles
    authenticity: float
    authentic: Mask
    nearest: Nearest


def neighbourhood(
    real: ArrayLike | Tensor,
    fake: ArrayLike | Tensor,
    k: int = 3,
    *,
    progress: Progress | None = None,
) -> Neighbourhood:
    """Measure precision, recall, density, coverage, realism and authenticity in one pass over all pairs.

    r_i is the distance of a sample to its k-th nearest other one of its own set::

        precision    = mean_g 1[∃i: d(g, φ_i) ≤ r_i]                      Kynkäänniemi et al. 2019 (k = 3)
        recall       = mean_i 1[∃g: d(g, φ_i) ≤ r_g]
        density      = 1/(k·n_fake) Σ_g Σ_i 1[d(g, φ_i) < r_i]            Naeem et al. 2020 (k = 5)
        coverage     = mean_i 1[min_g d(g, φ_i) < r_i]
        realism R(g) = max { r_i / d(g, φ_i) : r_i ≤ median r }           Kynkäänniemi et al. 2019 (k = 3)
        authentic(g) ⇔ d(φ*, nearest other real) < d(g, φ*), φ* nearest to g        Alaa et al. 2022

    If r_i and d are both 0, r_i/d is defined as 1. Of several equally near φ* the first is used.
    Memory grows with n_real + n_fake, never with their product.

    Args:
        real: ``[n_real, D]``, more than k.
        fake: ``[n_fake, D]``, more than k.
        k: at least 1; one for all measures.
        progress: called with the number of finished tiles of pairs and their total.

    Raises:
        DataError: where features are not finite, differ in D, or either set has k samples or fewer.
    """
    check_k(k)
    reals, fakes = checked_rows_pair(real, fake, at_least=k + 1)
    # Equal rows have equal distances: each is computed once and weighted by its number of occurrences.
    real_once, fake_once = unique_rows(reals), unique_rows(fakes)
    r, f = real_once.rows, fake_once.rows
    first, second, third = _parts_of_progress(progress, tile_count(r, r), tile_count(f, f), tile_count(f, r))
    among_real, _ = k_nearest_others(real_once, k, first)
    among_fake, _ = k_nearest_others(fake_once, k, second)
    # All comparisons use squares: those of the radii are exactly the values that `exact` returns.
    distances = SquaredDistances(f, r)
    real_radii = Radii(among_real[real_once.first, -1], distances)
    fake_radii = Radii(among_fake[fake_once.first, -1], distances)
    trusted = real_radii.squared <= np.median(among_real[:, -1])

    precise = np.zeros(len(f), dtype=np.bool_)
    covered = np.zeros(len(r), dtype=np.bool_)
    recalled = np.zeros(len(r), dtype=np.bool_)
    within_count = 0
    closest = NearestSearch(distances, len(f), 1)
    ratios = RatioSearch(distances, len(f), real_radii, trusted)
    for tile in distances.tiles(third):
        closest.add(tile)
        ratios.add(tile)
        i, g, strictly = pairs_within(tile.transposed, real_radii)
        precise[g] = True
        covered[i[strictly]] = True
        within_count += int(fake_once.counts[g[strictly]] @ real_once.counts[i[strictly]])
        _, i, _ = pairs_within(tile, fake_radii)
        recalled[i] = True

    squared, indices = closest.result()
    authentic = among_real[real_once.first, 0][indices[:, 0]] < squared[:, 0]
    of_real, of_fake = real_once.group, fake_once.group
    return Neighbourhood(
        k=k,
        precision=float(precise[of_fake].mean()),
        recall=float(recalled[of_real].mean()),
        density=within_count / (k * len(of_fake)),
        coverage=float(covered[of_real].mean()),
        realism=np.sqrt(ratios.result())[of_fake],
        authenticity=float(authentic[of_fake].mean()),
        authentic=authentic[of_fake],
        nearest=Nearest(np.sqrt(squared)[of_fake], real_once.first[indices][of_fake]),
    )


def _parts_of_progress(progress: Progress | None, *counts: int) -> list[Progress | None]:
    """Return a progress callback for each of several parts of one total."""
    if progress is None:
        return [None for _ in counts]
    total = sum(counts)
    starts = [sum(counts[:n]) for n in range(len(counts))]

    def shifted(start: int) -> Progress:
        return lambda done, _: progress(start + done, total)

    return [shifted(start) for start in starts]
