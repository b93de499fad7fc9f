"""C_T is deep below 0 for copies, about 0 for fresh draws, far above it for what is unlike the data."""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from genaug.errors import DataError
from genaug_plugins.metrics.copying import copying, rank_shift


def draws(n: int, seed: int) -> np.ndarray:
    """Two clusters of different spread: what is near in one is not in the other."""
    rng = np.random.default_rng(seed)
    wide = np.arange(n) % 2
    return rng.normal(size=(n, 4)) * np.where(wide, 3.0, 1.0)[:, None] + 30.0 * wide[:, None]


TRAIN, UNSEEN = draws(300, 0), draws(300, 1)


@pytest.mark.parametrize("seed", range(2, 6))
def test_fresh_draws_are_within_chance(seed: int) -> None:
    found = copying(TRAIN, UNSEEN, draws(300, seed))
    assert abs(found.value) < 3
    assert 3 <= found.cells <= 7  # of 300 // 40; the others hold too few
    assert found.judged > 0.8
    assert found.interval[1] - found.interval[0] < 2 * 1.96  # narrower than one cell's


def test_copies_are_far_below_and_strangers_far_above() -> None:
    noise = 0.05 * np.random.default_rng(5).normal(size=TRAIN.shape)
    assert copying(TRAIN, UNSEEN, TRAIN + noise).interval[1] < -3
    assert copying(TRAIN, UNSEEN, TRAIN + 60 * noise).interval[0] > 3


def test_copies_in_one_place_alone_show_in_cells() -> None:
    # Copies of one cluster and underfit of the other cancel in one cell, as distances are taken together.
    fake = draws(300, 3)
    fake[::2] = TRAIN[::2] + 0.01
    cells = copying(TRAIN, UNSEEN, fake, cells=2)
    assert cells.cells == 2
    assert cells.value < -3


def test_one_cell_is_the_rank_test_of_scipy() -> None:
    fake = draws(80, 3)
    found = copying(TRAIN, UNSEEN, fake, cells=1)

    def distances(values: np.ndarray) -> np.ndarray:
        return np.linalg.norm(values[:, None] - TRAIN[None], axis=-1).min(axis=1)

    p = mannwhitneyu(
        distances(fake), distances(UNSEEN), alternative="less", method="asymptotic", use_continuity=False
    ).pvalue
    assert norm.cdf(found.value) == pytest.approx(p, rel=1e-9)
    assert found.interval == pytest.approx((found.value - 1.959964, found.value + 1.959964), abs=1e-6)


def test_ties_count_half() -> None:
    shift, variance = rank_shift(np.array([0.0, 1.0]), np.array([0.0, 2.0]))
    assert shift == 0.5 + 0 + 1 + 0 - 2  # (0 = 0) is half, (1 > 0) is one, of 4 pairs half are due
    assert variance > 0
    assert rank_shift(np.zeros(5), np.zeros(4)) == (0.0, 0.0)


def test_order_changes_nothing() -> None:
    rng, fake = np.random.default_rng(0), draws(300, 3)
    found = copying(TRAIN, UNSEEN, fake, seed=2)
    shuffled = copying(*(rng.permutation(f) for f in (TRAIN, UNSEEN, fake)), seed=2)
    assert shuffled.value == pytest.approx(found.value, rel=1e-9)


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(DataError, match="at least 20"):
        copying(TRAIN, UNSEEN, draws(10, 3))
    with pytest.raises(DataError, match="none of 150 cells"):
        copying(TRAIN, UNSEEN, draws(300, 3), cells=150)
