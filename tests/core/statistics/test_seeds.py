"""Means over seeds."""

import numpy as np
import pytest
from scipy import stats

from genaug.statistics.seeds import seed_interval


def test_the_interval_is_that_of_scipy() -> None:
    values = [1.0, 2.5, 2.0, 4.0, 3.25]
    mean, interval, deviation = seed_interval(values)
    assert mean == pytest.approx(2.55)
    assert interval == pytest.approx(stats.t.interval(0.95, 4, np.mean(values), stats.sem(values)))
    assert deviation == pytest.approx(np.std(values, ddof=1))


def test_one_value_has_no_interval() -> None:
    assert seed_interval([3.0]) == (3.0, None, None)


def test_bounds_are_kept_where_the_usual_interval_leaves_them() -> None:
    values = [0.99, 0.9, 1.0]
    assert seed_interval(values)[1][1] > 1.05  # type: ignore[index]
    mean, interval, _ = seed_interval(values, bounds=(0, 1))
    assert interval is not None
    assert 0 < interval[0] < mean < interval[1] < 1
