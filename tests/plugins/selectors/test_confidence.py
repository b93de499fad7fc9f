"""Confidence: the judge's probability of a candidate's own class."""

import numpy as np
import pytest

from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.confidence import ConfidenceSelector


@parametrize_with_checks(
    [
        ConfidenceSelector(
            judge={"use": "classification", "model": {"use": "small-cnn", "steps": 2}}, folds=2
        ),
        ConfidenceSelector(
            judge={"use": "classification", "model": {"use": "small-cnn", "steps": 2}},
            folds=1,
            share=0.4,
            min_per_class=1,
        ),
    ]
)
def test_promises(component: ConfidenceSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_probabilities_within_the_bounds_are_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-3, 0], [-0.05, 0], [3, 0], [3, 0]], [0, 0, 0, 1])
    view, context = hand_made.train(), hand_made.context()
    found = ConfidenceSelector(judge=hand_made.judge, at_least=0.2).select(given, view, context)
    assert found.kept.tolist() == [True, True, False, True]
    assert found.reasons[2] == "probability of its class below 0.2"
    p = found.scores["probability"]
    assert p[0] > 0.99 > p[1] > 0.2 > p[2]
    hard = ConfidenceSelector(judge=hand_made.judge, at_least=0.2, at_most=0.99)
    found = hard.select(given, view, context)
    assert found.kept.tolist() == [False, True, False, False]
    assert found.reasons[0] == "probability of its class above 0.99"
    assert any("the judges classify" in note for note in found.remarks)


@pytest.mark.parametrize(("best", "place"), [("highest", 0), ("lowest", 2)])
def test_a_share_of_those_within_the_bounds(hand_made, best, place) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-0.6, 0], [-0.4, 0], [-0.3, 0], [3, 0]], [0] * 4)
    view, context = hand_made.train(), hand_made.context()
    selector = ConfidenceSelector(judge=hand_made.judge, share=0.25, best=best)
    found = selector.select(given, view, context)
    assert np.flatnonzero(found.kept).tolist() == [place]
    assert f"not among the {best} 0.25 of its class by probability" in found.reasons
    assert found.reasons[3] == "probability of its class below 0.5"
    filled = selector.model_copy(update={"min_per_class": 3}).select(given, view, context)
    assert filled.kept.tolist() == [True, True, True, False]


def test_a_class_no_judge_knows(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-3, 0], [0, 9]], [0, 2])
    selector = ConfidenceSelector(judge=hand_made.judge)
    found = selector.select(given, hand_made.train((9, 9, 0)), hand_made.context())
    assert found.kept.tolist() == [True, False]
    assert found.reasons[1] == "it has no probability of its class"


def test_bounds_in_order() -> None:
    with pytest.raises(ValueError, match=r"at_least \(0\.9\) must not be above at_most \(0\.5\)"):
        ConfidenceSelector(at_least=0.9, at_most=0.5)
