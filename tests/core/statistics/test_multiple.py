import numpy as np
import pytest
from scipy import stats

from genaug.statistics.multiple import holm, two_sided_p
from genaug.statistics.paired import Estimate, crossed_interval


def test_holm_by_hand() -> None:
    # Sorted: .01·4, .02·3, .03·2, .9·1; each at least the one before.
    assert holm([0.02, 0.9, 0.01, 0.03]) == pytest.approx([0.06, 0.9, 0.04, 0.06])
    assert holm([0.5, 0.6]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []
    assert holm([0.2]) == pytest.approx([0.2])


def test_holm_keeps_the_order_and_never_lowers() -> None:
    p = np.random.default_rng(0).random(30) ** 3
    corrected = holm(p)
    assert (corrected >= p).all()
    assert (np.argsort(corrected, kind="stable")[:1] == np.argsort(p, kind="stable")[:1]).all()
    order = np.argsort(p)
    assert (np.diff(corrected[order]) >= 0).all()


def test_the_p_value_is_below_5_percent_where_the_interval_leaves_out_0() -> None:
    rng = np.random.default_rng(1)
    for shift in (0.0, 0.2, 0.5, -0.4):
        estimate = crossed_interval(rng.normal(shift, 1, (5, 40)))
        outside = estimate.low > 0 or estimate.high < 0
        assert (two_sided_p(estimate) < 0.05) == outside


def test_an_estimate_without_spread_is_certain() -> None:
    assert two_sided_p(Estimate(0.0, 0.0, 0.0, 0.0, 4)) == 1.0
    assert two_sided_p(Estimate(0.1, 0.1, 0.1, 0.0, 4)) == 0.0
    assert two_sided_p(Estimate(0.3, 0, 0, 0.1, 7)) == pytest.approx(2 * stats.t.sf(3, 7))
