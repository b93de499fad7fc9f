"""The coreset selector on hand-made candidates."""

import numpy as np
import pytest

from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors import coreset
from genaug_plugins.selectors.coreset import CoresetSelector


@parametrize_with_checks(
    [
        CoresetSelector(max_per_class=3),
        CoresetSelector(max_per_class=3, min_per_class=3, covered_by="nothing"),
        CoresetSelector(max_per_class=0),
        CoresetSelector(),
    ]
)
def test_promises(component: CoresetSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_a_hand_worked_line(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.view([[0, 0], [1, 0]], [0, 0])
    given = hand_made.candidates([[0.5, 0], [4, 0], [10, 0], [6, 0], [9, 0]], [0] * 5)
    found = CoresetSelector(max_per_class=3).select(given, view, hand_made.context())
    # 10 is 9 from the training sample at 1; then 6 is 4 from 10; then 4 is 2 from 6; 9 is 1 from 10.
    np.testing.assert_array_equal(found.kept, [False, True, True, True, False])
    np.testing.assert_array_equal(found.scores["order"], [np.nan, 3, 1, 2, np.nan])
    np.testing.assert_array_equal(found.scores["distance"], [0.5, 2, 9, 4, 1])
    assert set(found.reasons) == {"", "not among the 3 that cover its class"}


def test_with_nothing_covered_it_starts_in_the_middle(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[0, 0], [4, 0], [5, 0], [10, 0]], [0] * 4)
    selector = CoresetSelector(max_per_class=3, covered_by="nothing")
    found = selector.select(given, hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(found.scores["order"], [2, np.nan, 1, 3])
    np.testing.assert_array_equal(found.scores["distance"], [5, 1, np.nan, 5])  # ids settle the tie


def greedy(own: np.ndarray, ids: np.ndarray, centres: list[np.ndarray], picks: int) -> list[int]:
    """Return the picks by their definition."""
    picked: list[int] = []
    for _ in range(picks):
        d = np.array([min(((row - c) ** 2).sum() for c in centres) for row in own])
        pick = min(np.flatnonzero(d == d.max()), key=lambda row: ids[row])
        picked.append(int(pick))
        centres = [*centres, own[pick]]
    return picked


@pytest.mark.parametrize("cached", [2**17, 6])
def test_the_greedy_picks_of_each_class(hand_made, monkeypatch, cached: int) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(coreset, "_CACHED", cached)
    monkeypatch.setattr("genaug_plugins.metrics.rows.BLOCK", cached)
    rng = np.random.default_rng(2)
    given = hand_made.candidates(rng.integers(-6, 6, (90, 2)), np.repeat(np.arange(3), 30))
    view = hand_made.view(rng.integers(-3, 3, (9, 2)), np.repeat(np.arange(3), 3))
    found = CoresetSelector(max_per_class=6).select(given, view, hand_made.context())
    for label in range(3):
        rows = np.flatnonzero(given.pool.labels == label)
        centres = list(view.samples.values[view.samples.labels == label].astype(float))
        picks = greedy(given.pool.samples.values[rows].astype(float), given.pool.ids[rows], centres, 6)
        by_order = np.argsort(found.scores["order"][rows])[:6]  # NaN comes last
        np.testing.assert_array_equal(
            given.pool.ids[rows][by_order], given.pool.ids[rows][picks], err_msg=str(label)
        )
    assert found.kept.sum() == 18


def test_no_copy_is_picked_of_what_is_covered(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.view([[0, 0], [1, 0]], [0, 0])
    given = hand_made.candidates([[0, 0], [1, 0], [5, 0], [5, 0]], [0] * 4)
    found = CoresetSelector(max_per_class=3).select(given, view, hand_made.context())
    assert found.kept.sum() == found.kept[2:].sum() == 1
    assert "class 'left': 1 picked; the others are copies of what is covered" in found.remarks
    filled = CoresetSelector(max_per_class=3, min_per_class=2).select(given, view, hand_made.context())
    assert filled.kept.sum() == 2


def test_classes_without_training_samples_and_without_candidates(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train((20, 20, 0))
    given = hand_made.candidates([[0, 8], [0, 9], [1, 9.5]], [2, 2, 2])
    found = CoresetSelector(max_per_class=1).select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [False, True, False])
    assert "class 'far' has no training samples: there are no initial centres" in found.warnings
    none = CoresetSelector().select(hand_made.candidates([], []), view, hand_made.context())
    assert none.kept.shape == (0,)
    assert none.scores.keys() == found.scores.keys()
