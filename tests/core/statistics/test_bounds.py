"""Intervals within bounds: against Wilson's, at the bounds, and under rescaling."""

import math

import numpy as np
import pytest

from genaug.statistics.bounds import UNBOUNDED, difference_bounds, score_interval
from genaug.statistics.shares import wilson_interval

Z = 1.959963984540054
INF = math.inf


@pytest.mark.parametrize(("hits", "n"), [(1, 30), (15, 50), (49, 50), (500, 1000)])
def test_the_interval_of_a_share_is_wilsons(hits: int, n: int) -> None:
    p = hits / n
    found = score_interval(p, (p * (1 - p) / n) ** 0.5, Z, (0, 1))
    assert found == pytest.approx(wilson_interval(hits, n), abs=1e-7)


def test_at_a_bound_it_is_nearly_wilsons() -> None:
    for n in (20, 100, 1000):
        low, high = score_interval(1.0, 1 / n, Z, (0, 1), 1 / n)
        assert high == 1
        assert low == pytest.approx(wilson_interval(n, n)[0], abs=0.01)
        assert score_interval(0.0, 1 / n, Z, (0, 1), 1 / n) == pytest.approx((0, 1 - low))


def test_ends_are_within_the_bounds_and_enclose_the_value() -> None:
    rng = np.random.default_rng(0)
    for bounds in ((0, 1), (-1, 1), (0, INF), (-INF, 0), UNBOUNDED):
        low, high = bounds
        for error in (0.0, 1e-12, 0.01, 0.5, 10.0):
            for t in (2.0, 12.7):
                value = float(rng.uniform(max(low, -5), min(high, 5)))
                ends = score_interval(value, error, t, bounds)
                assert low <= ends[0] <= value <= ends[1] <= high


def test_it_is_the_usual_one_far_from_the_bounds() -> None:
    assert score_interval(0.5, 0.001, 2, (0, 1)) == pytest.approx((0.498, 0.502), abs=1e-5)
    assert score_interval(5, 0.01, 2, (0, INF)) == pytest.approx((4.98, 5.02), abs=1e-4)
    assert score_interval(5, 0.01, 2, UNBOUNDED) == (4.98, 5.02)
    assert score_interval(-5, 0.5, 2, (-INF, 0)) == tuple(
        -end for end in reversed(score_interval(5, 0.5, 2, (0, INF)))
    )


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_it_is_the_same_under_any_rescaling(scale: float) -> None:
    plain = score_interval(0.3, 0.1, 2.5, (0, 1), 0.01)
    scaled = score_interval(0.3 * scale, 0.1 * scale, 2.5, (0, scale), 0.01 * scale)
    assert np.array(scaled) / scale == pytest.approx(plain)


def test_what_is_not_a_number_stays_so_and_rounding_is_cut() -> None:
    assert all(map(math.isnan, score_interval(math.nan, 0.1, 2, (0, 1))))
    assert score_interval(1 + 1e-15, 0.0, 2, (0, 1)) == (1, 1)
    assert difference_bounds((0, 1)) == (-1, 1)
    assert difference_bounds((0, INF)) == UNBOUNDED
