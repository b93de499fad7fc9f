"""Random selection: how many, and by what chance."""

import numpy as np
import pytest

from genaug.contracts import Candidates
from genaug.data import Selection
from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.random import RandomSelector


def kept_of(selection: Selection, given: Candidates) -> list[int]:
    return np.bincount(given.pool.labels[selection.kept], minlength=3).tolist()


@parametrize_with_checks(
    [
        RandomSelector(),
        RandomSelector(max_per_class=3, min_per_class=2),
        RandomSelector(share=0.0),
    ]
)
def test_promises(component: RandomSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_a_share_or_a_number_of_each_class_is_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    values = np.random.default_rng(0).normal(size=(26, 2))
    given = hand_made.candidates(values, [0] * 20 + [1] * 4 + [2] * 2)
    view, context = hand_made.train(), hand_made.context()
    assert kept_of(RandomSelector().select(given, view, context), given) == [10, 2, 1]
    quarter = RandomSelector(share=0.25).select(given, view, context)
    assert kept_of(quarter, given) == [5, 1, 0]
    assert "not among the share of 0.25 drawn of its class" in quarter.reasons
    found = RandomSelector(max_per_class=3).select(given, view, context)
    assert kept_of(found, given) == [3, 3, 2]
    assert found.remarks == ("fewer candidates than `max_per_class` (3): 'far' 2",)
    assert "passed, but not among the 3 drawn of its class" in found.reasons
    assert kept_of(RandomSelector(share=0.1, min_per_class=2).select(given, view, context), given) == [
        2,
        2,
        2,
    ]


def test_chance_is_fair_and_another_seed_draws_another(hand_made) -> None:  # type: ignore[no-untyped-def]
    given, view = hand_made.clouds(20), hand_made.train()
    drawn = np.stack([RandomSelector().select(given, view, hand_made.context(s)).kept for s in range(200)])
    assert np.abs(drawn.mean(axis=0) - 0.5).max() < 0.15  # 4 standard errors
    assert (drawn[0] != drawn[1]).any()


def test_one_setting_not_two() -> None:
    with pytest.raises(ValueError, match="set max_per_class or share, not both"):
        RandomSelector(max_per_class=1, share=0.5)
