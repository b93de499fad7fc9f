"""The best share of each class by scores that others recorded."""

import numpy as np
import pytest

from genaug.errors import ConfigError
from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.share import ShareSelector


@parametrize_with_checks(
    [ShareSelector(score="first.score"), ShareSelector(score="first.score", share=1.0, max_per_class=2)]
)
def test_promises(component: ShareSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, [False, True, False, True, False, False, True]),
        ({"best": "lowest"}, [True, False, True, False, False, True, False]),
        ({"share": 1.0}, [True, True, True, True, False, True, True]),
        ({"share": 1.0, "max_per_class": 1}, [False, True, False, False, False, False, True]),
        ({"share": 0.2, "min_per_class": 2}, [False, True, False, True, False, True, True]),
    ],
    ids=str,
)
def test_the_best_of_each_class_are_kept(hand_made, settings, kept) -> None:  # type: ignore[no-untyped-def]
    scores = {"other.score": np.array([1.0, 9.0, 2.0, 8.0, np.nan, -5.0, -4.0])}
    given = hand_made.candidates(np.arange(14.0).reshape(7, 2), [0, 0, 0, 0, 0, 1, 1], scores=scores)
    selector = ShareSelector(score="other.score", **settings)
    found = selector.select(given, hand_made.train(), hand_made.context())
    assert found.kept.tolist() == kept
    assert found.reasons[4] == "it has no other.score"


def test_without_that_score_it_says_so(hand_made) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match=r"share: no score 'top-k\.rank'.*available: none"):
        ShareSelector(score="top-k.rank").select(hand_made.clouds(2), hand_made.train(), hand_made.context())
