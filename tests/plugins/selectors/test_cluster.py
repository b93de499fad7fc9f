"""The cluster selector on hand-made candidates."""

import numpy as np
import pytest

from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.cluster import ClusterSelector


@parametrize_with_checks(
    [
        ClusterSelector(clusters=2, per_cluster=1),
        ClusterSelector(clusters=2, per_cluster=1, centres="training"),
        ClusterSelector(clusters=2, per_cluster=2, max_per_class=2, min_per_class=2),
    ]
)
def test_promises(component: ClusterSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_the_nearest_of_each_cluster_of_each_class_are_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    blobs = np.array([[-8.0, 0.0], [-2.0, 5.0], [6.0, 0.0]])
    rng = np.random.default_rng(3)
    values = np.concatenate([b + 0.1 * rng.normal(size=(8, 2)) for b in blobs])
    given = hand_made.candidates(values, [0] * 24)
    found = ClusterSelector(clusters=3, per_cluster=2).select(given, hand_made.train(), hand_made.context())
    assert found.kept.sum() == 6
    values = given.pool.samples.values
    for rows in np.split(np.arange(24), 3):
        distance = np.linalg.norm(values[rows] - values[rows].mean(axis=0), axis=1)
        assert set(rows[np.argsort(distance)[:2]]) == set(rows[found.kept[rows]])
        np.testing.assert_allclose(found.scores["distance"][rows], distance, atol=1e-4)
        assert len(set(found.scores["cluster"][rows])) == 1
    assert set(found.reasons) == {"", "not among the 2 nearest to the centre of its cluster"}


def test_a_quota_takes_the_nearest_of_every_cluster_first(hand_made) -> None:  # type: ignore[no-untyped-def]
    values = [[-8, 0], [-8, 0.1], [-8, -0.1], [6, 3], [6, -3], [6.5, 0]]
    selector = ClusterSelector(clusters=2, per_cluster=3, max_per_class=2)
    found = selector.select(hand_made.candidates(values, [0] * 6), hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, False, False, False, False, True])


def test_every_candidate_is_clustered_not_a_sample_of_them(hand_made) -> None:  # type: ignore[no-untyped-def]
    # FAISS by itself would look at 256 candidates a centre.
    rng = np.random.default_rng(0)
    given = hand_made.candidates(rng.normal(size=(2000, 2)), [0] * 2000)
    found = ClusterSelector(clusters=1, per_cluster=1).select(given, hand_made.train(), hand_made.context())
    values = given.pool.samples.values
    distance = np.linalg.norm(values - values.mean(axis=0), axis=1)
    assert found.kept[distance.argmin()]
    np.testing.assert_allclose(found.scores["distance"], distance, atol=1e-5)


def test_copies_count_and_blocks_and_order_do_not(hand_made, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=(60, 2)), np.repeat(rng.normal(size=(1, 2)), 40, axis=0)])
    order = rng.permutation(100)
    selector = ClusterSelector(clusters=4, per_cluster=2)
    whole = selector.select(hand_made.candidates(values, [0] * 100), hand_made.train(), hand_made.context())
    monkeypatch.setattr("genaug_plugins.metrics.rows.BLOCK", 7)
    shuffled = selector.select(
        hand_made.candidates(values[order], [0] * 100), hand_made.train(), hand_made.context()
    )
    np.testing.assert_array_equal(whole.scores["distance"][order], shuffled.scores["distance"])
    np.testing.assert_array_equal(whole.scores["cluster"][order], shuffled.scores["cluster"])
    one = ClusterSelector(clusters=1).select(
        hand_made.candidates(values, [0] * 100), hand_made.train(), hand_made.context()
    )
    centre = values.astype(np.float32).mean(axis=0)
    np.testing.assert_allclose(one.scores["distance"], np.linalg.norm(values - centre, axis=1), atol=1e-5)


def test_fewer_candidates_than_clusters_and_copies(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[0, 0], [1, 1], [1, 1], [5, 5]], [0, 0, 0, 1])
    found = ClusterSelector(clusters=3, per_cluster=1).select(given, hand_made.train(), hand_made.context())
    assert found.kept.sum() == 3  # one of the two copies stands for both
    assert found.kept[[0, 3]].all()
    assert found.warnings == (
        "class 'left' has 2 distinct candidates to cluster, fewer than the requested 3 clusters",
        "class 'right' has 1 distinct candidates to cluster, fewer than the requested 3 clusters",
    )


def test_around_the_training_samples_it_is_the_distance_to_the_real_centroid(hand_made) -> None:  # type: ignore[no-untyped-def]
    view, given = hand_made.train(), hand_made.clouds(10)
    selector = ClusterSelector(clusters=1, per_cluster=2, centres="training")
    found = selector.select(given, view, hand_made.context())
    for label in range(3):
        rows = np.flatnonzero(given.pool.labels == label)
        centroid = view.samples.values[view.samples.labels == label].mean(axis=0)
        distance = np.linalg.norm(given.pool.samples.values[rows] - centroid, axis=1)
        np.testing.assert_allclose(found.scores["distance"][rows], distance, atol=1e-5)
        assert set(np.flatnonzero(found.kept[rows])) == set(np.argsort(distance)[:2])


def test_without_training_samples_of_a_class_it_says_so(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train((5, 5, 0))
    found = ClusterSelector(centres="training").select(hand_made.clouds(2), view, hand_made.context())
    assert found.reasons[-1] == "its class has no training samples and therefore no centres"
    assert "class 'far' has no training samples: none of its candidates passes" in found.warnings


@pytest.mark.parametrize("centres", ["candidates", "training"])
def test_no_candidates_give_the_same_scores(hand_made, centres: str) -> None:  # type: ignore[no-untyped-def]
    selector = ClusterSelector(centres=centres)
    none = selector.select(hand_made.candidates([], []), hand_made.train(), hand_made.context())
    assert none.kept.shape == (0,)
    assert none.scores.keys() == {"cluster", "distance", "rank"}
