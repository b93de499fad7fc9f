"""Thresholds on scores that others recorded."""

import numpy as np
import pytest

from genaug.contracts import Candidates, ChainPosition
from genaug.errors import ConfigError
from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.threshold import ThresholdSelector


@parametrize_with_checks(
    [
        ThresholdSelector(score="first.score", at_least=0.0),
        ThresholdSelector(
            score="generator.log_density_ratio", at_most=-1.0, max_per_class=2, min_per_class=1
        ),
    ]
)
def test_promises(component: ThresholdSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


@pytest.fixture
def given(hand_made) -> Candidates:  # type: ignore[no-untyped-def]
    values = np.arange(12.0).reshape(6, 2)
    scores = {"other.distance": np.array([0.1, 0.2, 0.3, 0.4, np.nan, 0.6]), "top-k.rank": np.ones(6)}
    found: Candidates = hand_made.candidates(values, [0, 0, 0, 0, 0, 1], scores=scores)
    return found


def test_what_lies_within_is_kept_and_nan_is_not(hand_made, given) -> None:  # type: ignore[no-untyped-def]
    selector = ThresholdSelector(score="other.distance", at_least=0.2, at_most=0.4)
    found = selector.select(given, hand_made.train(), hand_made.context())
    assert found.kept.tolist() == [False, True, True, True, False, False]
    assert found.reasons.tolist() == [
        *("other.distance below 0.2", "", "", "", "it has no other.distance", "other.distance above 0.4")
    ]
    assert found.scores == {}


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"at_least": 0.2}, [False, False, True, True, False, True]),
        ({"at_most": 0.4}, [True, True, False, False, False, False]),
        ({"at_most": 0.4, "best": "highest"}, [False, False, True, True, False, False]),
        ({"at_least": 0.2, "at_most": 0.4, "best": "lowest"}, [False, True, True, False, False, False]),
    ],
    ids=str,
)
def test_a_quota_takes_the_best(hand_made, given, settings, kept) -> None:  # type: ignore[no-untyped-def]
    selector = ThresholdSelector(score="other.distance", max_per_class=2, **settings)
    assert selector.select(given, hand_made.train(), hand_made.context()).kept.tolist() == kept


def test_those_nearest_to_the_bounds_fill_up(hand_made, given) -> None:  # type: ignore[no-untyped-def]
    selector = ThresholdSelector(score="other.distance", at_least=0.38, at_most=0.39, min_per_class=2)
    found = selector.select(given, hand_made.train(), hand_made.context())
    assert found.kept.tolist() == [False, False, True, True, False, True]


def test_an_unknown_score_is_an_error_that_lists_those_there_are(hand_made, given) -> None:  # type: ignore[no-untyped-def]
    selector = ThresholdSelector(score="top-k.probability", at_least=0.5)
    said = r"threshold: no score 'top-k.probability'.*other\.distance, top-k\.rank\. The scores"
    with pytest.raises(ConfigError, match=said):
        selector.select(given, hand_made.train(), hand_made.context())


def test_a_score_that_nothing_can_have_recorded_is_refused_early() -> None:
    gan = ChainPosition("gan", frozenset({"discriminator"}), ("top-k", "top-k-2"))
    for score in ("top-k-2.probability", "generator.discriminator"):
        ThresholdSelector(score=score, at_least=0).check_place(gan)
    for score, said in (
        ("generator.ratio", r"'gan' gives generator\.discriminator: choose another"),
        ("realism.realism", r"a selector 'realism' before it can record; those before it: top-k, top-k-2"),
        ("probability", r"Write a score as selector\.name or generator\.name"),
    ):
        with pytest.raises(ValueError, match=said):
            ThresholdSelector(score=score, at_least=0).check_place(gan)


def test_bounds_that_bind_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="set at_least, at_most or both"):
        ThresholdSelector(score="a.b")
    with pytest.raises(ValueError, match=r"at_least \(1\) must not be above at_most \(0\.5\)"):
        ThresholdSelector(score="a.b", at_least=1, at_most=0.5)
