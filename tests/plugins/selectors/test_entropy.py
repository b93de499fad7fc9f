"""Entropy: how undecided the judge is, whatever the class."""

import numpy as np
import pytest

from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.entropy import EntropySelector


@parametrize_with_checks(
    [EntropySelector(judge={"use": "classification", "model": {"use": "small-cnn", "steps": 2}}, folds=2)]
)
def test_promises(component: EntropySelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_the_undecided_are_dropped_or_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    # In the middle of two classes: ln 2 of ln 3. Of the wrong class, but surely so: low.
    given = hand_made.candidates([[-3, 0], [0, 0], [3, 0]], [0, 0, 0])
    view = hand_made.view([[-3, 0], [-3, 0], [3, 0], [3, 0], [0, 9], [0, 9]], [0, 0, 1, 1, 2, 2])
    found = EntropySelector(judge=hand_made.judge).select(given, view, hand_made.context())
    assert found.kept.tolist() == [True, False, True]
    assert found.reasons[1] == "entropy above 0.5"
    assert found.scores["entropy"] == pytest.approx([0, np.log(2) / np.log(3), 0], abs=1e-9)
    hard = EntropySelector(judge=hand_made.judge, at_least=0.5, at_most=1.0)
    assert hard.select(given, view, hand_made.context()).kept.tolist() == [False, True, False]


def test_bounds_in_order() -> None:
    with pytest.raises(ValueError, match=r"at_least \(0\.9\) must not be above at_most \(0\.5\)"):
        EntropySelector(at_least=0.9)
