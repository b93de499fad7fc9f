"""Nearest neighbours at scale: exact where it is exact, of known recall where an index searches."""

from pathlib import Path

import numpy as np
import pytest

from genaug.errors import DataError
from genaug_plugins.metrics.neighbours.index import nearest_indexed, nearest_others_indexed
from genaug_plugins.metrics.neighbours.nearest import nearest, nearest_others


def pool(n: int = 3000, seed: int = 0) -> np.ndarray:
    """Features on a curved surface, as a network's are, far from the origin, with a few copies."""
    rng = np.random.default_rng(seed)
    surface = np.tanh(rng.normal(size=(n, 4)) @ np.random.default_rng(1).normal(size=(4, 16)))
    features = (surface + 0.02 * rng.normal(size=(n, 16)) + 50).astype(np.float32)
    features[100:120] = features[50:70]
    return features


def test_few_points_are_searched_exactly() -> None:
    points, queries = pool(), pool(200, seed=2)
    found, expected = nearest_indexed(queries, points, 3, seed=0), nearest(queries, points, 3)
    np.testing.assert_array_equal(found.indices, expected.indices)
    np.testing.assert_array_equal(found.distances, expected.distances)
    assert (found.recall, found.kind) == (1.0, "exact search of 2980 points")


def test_many_are_searched_with_the_recall_that_is_stated() -> None:
    points, queries = pool(), pool(700, seed=2)
    found = nearest_indexed(queries, points, 3, seed=0, exact_up_to=1000)
    expected = nearest(queries, points, 3)
    true = (found.distances <= expected.distances[:, -1:]).mean()
    assert found.recall >= 0.95
    assert true == pytest.approx(found.recall, abs=0.03)
    # Of the points that were found the distances are exact.
    i, nth = np.nonzero(found.indices == expected.indices)
    np.testing.assert_array_equal(found.distances[i, nth], expected.distances[i, nth])
    for words in ("IVF74,SQ8 of 2980 points", "trained on 2960 of them", "lists probed"):
        assert words in found.kind


def test_a_row_is_not_its_own_neighbour_but_its_copy_is() -> None:
    points = pool()
    found, exact = nearest_others_indexed(points, 2, seed=0, exact_up_to=1000), nearest_others(points, 2)
    assert (found.indices != np.arange(len(points))[:, None]).all()
    np.testing.assert_array_equal(found.indices[50:70, 0], np.arange(100, 120))
    assert (found.distances[50:70, 0] == 0).all()
    assert (found.distances <= exact.distances[:, -1:]).mean() == pytest.approx(found.recall, abs=0.03)
    few = nearest_others_indexed(points, 2, seed=0)
    np.testing.assert_array_equal(few.indices, exact.indices)


def test_the_same_seed_finds_the_same_and_files_are_read_as_arrays_are(tmp_path: Path) -> None:
    points, queries = pool(), pool(300, seed=2)
    np.save(tmp_path / "points.npy", points)
    mapped = np.load(tmp_path / "points.npy", mmap_mode="r")
    first, again = (nearest_indexed(queries, p, 2, seed=3, exact_up_to=1000) for p in (points, mapped))
    np.testing.assert_array_equal(first.indices, again.indices)
    np.testing.assert_array_equal(first.distances, again.distances)
    assert first.recall == again.recall


def test_a_collapsed_pool_is_one_point() -> None:
    found = nearest_others_indexed(np.ones((5000, 8)), 3, seed=0, exact_up_to=1000)
    assert (found.distances == 0).all()
    np.testing.assert_array_equal(found.indices[:2], [[1, 2, 3], [0, 2, 3]])


def test_lists_that_hold_too_few_are_made_up_for_by_the_exact_search() -> None:
    points, queries = pool(1100), pool(50, seed=2)
    found, expected = (
        nearest_indexed(queries, points, 400, seed=0, exact_up_to=1000),
        nearest(queries, points, 400),
    )
    assert np.isfinite(found.distances).all()
    assert (found.distances <= expected.distances[:, -1:]).mean() >= 0.95


def test_no_queries_have_no_neighbours_and_progress_is_told() -> None:
    assert nearest_indexed(np.zeros((0, 16)), pool(), 3, seed=0, exact_up_to=1000).indices.shape == (0, 3)
    told: list[tuple[int, int]] = []
    nearest_indexed(
        pool(200),
        pool(),
        1,
        seed=0,
        exact_up_to=1000,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (180, 180)  # of equal queries one is asked


@pytest.mark.parametrize("n", [0, 2])
def test_fewer_points_than_neighbours_are_refused(n: int) -> None:
    with pytest.raises(DataError, match="the points have"):
        nearest_indexed(np.zeros((1, 2)), np.zeros((n, 2)), 3, seed=0)
