"""Estimates over the seeds of an experiment."""

from genaug.experiments.outcomes import _cell


def test_a_share_over_seeds_and_its_difference_stay_inside_what_is_possible() -> None:
    """Before, 0.99, 0.9 and 1.0 had an interval up to 1.096."""
    shares, others = {0: 0.99, 1: 0.9, 2: 1.0}, {0: 0.0, 1: 0.1, 2: 0.0}
    cell = _cell(shares, (0.0, 1.0), "plain", others)
    assert cell.mean is not None
    assert cell.mean.interval is not None
    assert 0 < cell.mean.interval[0] < cell.mean.mean < cell.mean.interval[1] < 1
    (difference,) = cell.differences
    assert difference.interval is not None
    assert -1 <= difference.interval[0] < difference.mean < difference.interval[1] <= 1
    assert difference.outcome("higher") == "better"
