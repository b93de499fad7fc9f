"""The near-copy selector on hand-made candidates."""

import numpy as np
import pytest

from genaug.testing import parametrize_with_checks
from genaug_plugins.metrics.neighbours import deduplicate
from genaug_plugins.selectors.near_copy import NearCopySelector


@parametrize_with_checks(
    [
        NearCopySelector(),
        NearCopySelector(percentile=50),
        NearCopySelector(duplicates="exact"),
        NearCopySelector(duplicates="keep", max_per_class=2, min_per_class=2),
    ]
)
def test_promises(component: NearCopySelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


@pytest.fixture
def view(hand_made):  # type: ignore[no-untyped-def]
    """Return two classes: a grid one apart, and a pair four apart."""
    grid = [[x, y] for x in range(5) for y in range(4)]
    return hand_made.view([*grid, [50, 0], [54, 0]], [0] * 20 + [1, 1])


COPY = "nearer to a training sample than all but 50 % of those to their nearest"
DUPLICATE = "a duplicate of a preceding candidate"


def test_what_is_nearer_than_held_out_samples_are_is_dropped(hand_made, view) -> None:  # type: ignore[no-untyped-def]
    # Those of the grid are 1 from their nearest other: that is the median.
    given = hand_made.candidates([[0.5, 0.5], [0, 0], [8, 0], [9, 0]], [0] * 4)
    found = NearCopySelector(percentile=50).select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [False, False, True, True])
    assert set(found.reasons[:2]) == {COPY}
    np.testing.assert_allclose(found.scores["nearest_training_distance"], [0.5**0.5, 0, 4, 5], rtol=1e-12)
    np.testing.assert_allclose(found.scores["training_ratio"], [0.5**0.5, 0, 4, 5], rtol=1e-12)
    np.testing.assert_array_equal(found.scores["nearest_candidate_distance"], [np.nan, np.nan, 1, 1])
    assert "2 near-copies of training samples, 0 duplicates" in found.remarks


def test_a_class_of_its_own_threshold(hand_made, view) -> None:  # type: ignore[no-untyped-def]
    # For a median two samples are enough: 3 away from the pair, itself 4 apart, is a near-copy.
    given = hand_made.candidates([[57, 0], [59, 0], [70, 0]], [1, 1, 2])
    found = NearCopySelector(percentile=50).select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [False, True, True])
    assert np.isnan(found.scores["nearest_training_distance"][2])  # no training samples of its class


def test_of_duplicates_one_is_kept(hand_made, view) -> None:  # type: ignore[no-untyped-def]
    values = [[10, 0], [10.5, 0], [10.5, 0], [10, 0.5], [20, 0], [20, 0], [30, 0]]
    for order in (np.arange(7), np.arange(7)[::-1]):
        given = hand_made.candidates(np.array(values)[order], [0] * 7)
        found = NearCopySelector(percentile=50).select(given, view, hand_made.context())
        assert found.kept.sum() == 3
        assert set(found.reasons) == {"", DUPLICATE}
        cluster = np.flatnonzero(given.pool.samples.values[:, 0] < 15)
        assert min(given.pool.ids[cluster]) in given.pool.ids[found.kept]  # the first by id
        exact = NearCopySelector(percentile=50, duplicates="exact").select(given, view, hand_made.context())
        assert exact.kept.sum() == 5
        assert NearCopySelector(duplicates="keep").select(given, view, hand_made.context()).kept.all()


def test_a_copy_keeps_no_other_out(hand_made, view) -> None:  # type: ignore[no-untyped-def]
    # 4.9 is a near-copy of 4, and 5.6 near to it: it is dropped and takes nobody with it.
    given = hand_made.candidates([[4.9, 0], [5.6, 0]], [0, 0])
    found = NearCopySelector(percentile=50).select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [False, True])


def test_held_out_samples_pass_at_the_rate_of_the_percentile(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.clouds(2000)
    selector = NearCopySelector(percentile=20, duplicates="keep")
    found = selector.select(given, hand_made.train((400, 400, 400)), hand_made.context())
    assert 0.15 < 1 - found.kept.mean() < 0.25


def test_copies_in_the_training_view_do_not_lower_the_threshold(hand_made, view) -> None:  # type: ignore[no-untyped-def]
    twice = hand_made.view(np.tile(view.samples.values, (2, 1)), np.tile(view.samples.labels, 2))
    given = hand_made.candidates([[0.5, 0.5], [7, 0]], [0, 0])
    for training in (view, twice):
        found = NearCopySelector().select(given, training, hand_made.context())
        np.testing.assert_array_equal(found.kept, [False, True])


def test_with_single_training_samples_only_exact_copies_are_told(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[0, 0], [0.001, 0], [0.001, 0]], [0, 0, 0])
    found = NearCopySelector().select(given, hand_made.view([[0, 0]], [0]), hand_made.context())
    np.testing.assert_array_equal(found.kept.sum(), 1)
    assert not found.kept[0]
    assert "no class has two training samples: only exact copies can be found" in found.warnings
    assert np.isnan(found.scores["training_ratio"]).all()


def test_few_training_samples_share_a_threshold(hand_made) -> None:  # type: ignore[no-untyped-def]
    found = NearCopySelector().select(hand_made.clouds(3), hand_made.train((30, 5, 0)), hand_made.context())
    assert found.remarks[0].startswith(
        "fewer than 20 distinct training samples of right, far: their threshold is"
    )


def test_blocks_decide_nothing_and_many_are_searched_by_an_index(hand_made, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    given, view = hand_made.clouds(200), hand_made.train()
    selector = NearCopySelector()
    whole = selector.select(given, view, hand_made.context())
    assert not any("searched by an index" in note for note in whole.remarks)
    monkeypatch.setattr("genaug_plugins.metrics.rows.BLOCK", 17)
    monkeypatch.setattr(deduplicate, "_BLOCK", 17)
    blocks = selector.select(given, view, hand_made.context())
    np.testing.assert_array_equal(whole.kept, blocks.kept)
    monkeypatch.setattr(
        deduplicate.deduplicate,
        "__kwdefaults__",
        deduplicate.deduplicate.__kwdefaults__ | {"exact_up_to": 99},
    )
    indexed = selector.select(given, view, hand_made.context())
    assert (indexed.kept == whole.kept).mean() > 0.97
    sought = [note for note in indexed.remarks if note.startswith("duplicates in ")]
    assert len(sought) == 1
    assert sought[0].startswith("duplicates in 3 of 3 classes were searched by an index, which finds ")
    assert "FAISS IVF" in sought[0]


def test_a_quota_draws_by_lot(hand_made) -> None:  # type: ignore[no-untyped-def]
    given, view = hand_made.clouds(30), hand_made.train()
    drawn = [
        NearCopySelector(max_per_class=5).select(given, view, hand_made.context(seed)).kept
        for seed in range(2)
    ]
    assert [kept.sum() for kept in drawn] == [15, 15]
    assert (drawn[0] != drawn[1]).any()


def test_no_candidates_give_the_same_scores(hand_made, view) -> None:  # type: ignore[no-untyped-def]
    none = NearCopySelector().select(hand_made.candidates([], []), view, hand_made.context())
    one = NearCopySelector().select(hand_made.candidates([[7, 7]], [0]), view, hand_made.context())
    assert none.kept.shape == (0,)
    assert none.scores.keys() == one.scores.keys()
