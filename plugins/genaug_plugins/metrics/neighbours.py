"""Who lies next to whom: nearest neighbours, and the fidelity measures that rest on them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genaug_plugins.metrics.distances import Bounds, Doubles, SquaredDistances
from genaug_plugins.metrics.features import checked_pair
from genaug_plugins.metrics.nearest import Nearest, check_k, k_nearest, nearest_in_block

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """Hold how fake samples lie among real ones.

    Attributes:
        k: the neighbour whose distance is a sample's radius.
        precision: share of fakes within the radius of a real sample, 0 … 1.
        recall: share of reals within the radius of a fake sample, 0 … 1.
        density: how many real radii a fake lies within on average, over k; 0 … n_real/k, 1 is usual.
        coverage: share of reals with a fake within their radius, 0 … 1.
        realism: float64 ``[n_fake]``, R(g); at least 1 where g lies within a trusted radius, infinite
            for a copy of a real sample that has no copy among the reals.
        authenticity: share of fakes farther from their nearest real sample than that one is from
            its own nearest, 0 … 1; 0.5 is usual for fresh draws from the reals' distribution.
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


def neighbourhood(real: ArrayLike, fake: ArrayLike, k: int = 3) -> Neighbourhood:
    """Measure precision, recall, density, coverage, realism and authenticity in one pass over all pairs.

    r_i is the distance of a sample to its k-th nearest other one of its own set::

        precision    = mean_g 1[∃i: d(g, φ_i) ≤ r_i]                      Kynkäänniemi et al. 2019 (k = 3)
        recall       = mean_i 1[∃g: d(g, φ_i) ≤ r_g]
        density      = 1/(k·n_fake) Σ_g Σ_i 1[d(g, φ_i) < r_i]            Naeem et al. 2020 (k = 5)
        coverage     = mean_i 1[min_g d(g, φ_i) < r_i]
        realism R(g) = max { r_i / d(g, φ_i) : r_i ≤ median r }           Kynkäänniemi et al. 2019 (k = 3)
        authentic(g) ⇔ d(φ*, nearest other real) < d(g, φ*), φ* nearest to g        Alaa et al. 2022

    Where r_i and d are both 0, r_i/d counts as 1. Of several equally near φ* the first counts.
    Memory grows with n_real + n_fake, never with their product.

    Args:
        real: ``[n_real, D]``, more than k.
        fake: ``[n_fake, D]``, more than k.
        k: at least 1; one for all measures.

    Raises:
        DataError: where features are not finite, differ in D, or either set has k samples or fewer.
    """
    check_k(k)
    real, fake = checked_pair(real, fake, at_least=k + 1)
    among_real = k_nearest(SquaredDistances(real, real), len(real), k, skip_self=True, squared=True)
    among_fake = k_nearest(SquaredDistances(fake, fake), len(fake), k, skip_self=True, squared=True)
    # Everything below compares squares: the radii's are then the very numbers that `exact` gives again.
    real_radii, fake_radii = among_real.distances[:, -1], among_fake.distances[:, -1]
    trusted = real_radii <= np.median(real_radii)

    precise = np.zeros(len(fake), dtype=np.bool_)
    realism = np.zeros(len(fake))
    closest = np.zeros(len(fake))
    closest_index = np.zeros(len(fake), dtype=np.int64)
    covered = np.zeros(len(real), dtype=np.bool_)
    recalled = np.zeros(len(real), dtype=np.bool_)
    within_count = 0

    distances = SquaredDistances(fake, real)
    for rows in distances.blocks():
        lower, upper = distances.bounds(rows)
        within, strictly = _compare(distances, rows, lower, upper, real_radii)
        precise[rows] = within.any(axis=1)
        within_count += int(strictly.sum())
        covered |= strictly.any(axis=0)
        recalled |= _compare(distances, rows, lower, upper, fake_radii[rows, None])[0].any(axis=0)
        realism[rows] = _realism(distances, rows, lower, upper, real_radii, trusted)
        block = nearest_in_block(distances, rows, lower, upper, 1)
        closest[rows], closest_index[rows] = block[0][:, 0], block[1][:, 0]

    authentic = among_real.distances[closest_index, 0] < closest
    return Neighbourhood(
        k=k,
        precision=float(precise.mean()),
        recall=float(recalled.mean()),
        density=within_count / (k * len(fake)),
        coverage=float(covered.mean()),
        realism=realism,
        authenticity=float(authentic.mean()),
        authentic=authentic,
        nearest=Nearest(np.sqrt(closest)[:, None], closest_index[:, None]),
    )


def realism(real: ArrayLike, fake: ArrayLike, k: int = 3) -> Doubles:
    """Measure R(g) of each fake alone, as `neighbourhood`; the fakes may be any number.

    Args:
        real: ``[n_real, D]``, more than k.
        fake: ``[n_fake, D]``; n_fake may be 0.
        k: at least 1.

    Returns:
        float64 ``[n_fake]``.

    Raises:
        DataError: where features are not finite, differ in D, or there are k real samples or fewer.
    """
    check_k(k)
    real, fake = checked_pair(real, fake, at_least=k + 1, fakes_at_least=0)
    among_real = k_nearest(SquaredDistances(real, real), len(real), k, skip_self=True, squared=True)
    radii = among_real.distances[:, -1]
    trusted = radii <= np.median(radii)
    distances = SquaredDistances(fake, real)
    values = np.zeros(len(fake))
    for rows in distances.blocks():
        values[rows] = _realism(distances, rows, *distances.bounds(rows), radii, trusted)
    return values


def _compare(
    distances: SquaredDistances, rows: slice, lower: Bounds, upper: Bounds, radii: Doubles
) -> tuple[Mask, Mask]:
    """Return d² ≤ r² and d² < r², each ``[B, M]``; the radii are ``[M]`` or ``[B, 1]``."""
    rounded = radii.astype(lower.dtype, copy=False)
    within = upper < rounded
    i, j = np.nonzero((lower <= rounded) & ~within)
    exact = distances.exact(i + rows.start, j)
    radii = np.broadcast_to(radii, lower.shape)[i, j]
    strictly = within.copy()
    within[i, j] = exact <= radii
    strictly[i, j] = exact < radii
    return within, strictly


def _realism(
    distances: SquaredDistances, rows: slice, lower: Bounds, upper: Bounds, radii: Doubles, trusted: Mask
) -> Doubles:
    """Return R(g) of a block, ``[B]``."""
    columns = np.flatnonzero(trusted)
    radii, lower, upper = radii[columns], lower[:, columns], upper[:, columns]
    rounded = radii.astype(lower.dtype, copy=False)
    # r²/d² is at least this for one of them, and may be more for those below.
    with np.errstate(over="ignore", invalid="ignore"):
        sure = np.max(rounded / upper, axis=1)
        i, j = np.nonzero(~(rounded < sure[:, None] * lower))  # so that ∞·0 is looked at
    exact, radii = distances.exact(i + rows.start, columns[j]), radii[j]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where((exact == 0) & (radii == 0), 1.0, radii / exact)
    best = np.zeros(len(lower))
    np.maximum.at(best, i, ratios)
    return np.sqrt(best)
