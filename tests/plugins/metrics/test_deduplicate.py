"""Near-duplicates dropped: by all pairs, and by an inverted file."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genaug_plugins.metrics.neighbours.deduplicate import deduplicate


def greedy(points: np.ndarray, threshold: float) -> np.ndarray:
    """Return what is kept by the definition."""
    kept: list[int] = []
    for row, point in enumerate(points.astype(float)):
        d = np.linalg.norm(points[kept].astype(float) - point, axis=1)
        if not ((d < threshold) | (d == 0)).any():
            kept.append(row)
    return np.isin(np.arange(len(points)), kept)


def test_a_hand_worked_line() -> None:
    points = np.array([[0], [1], [2], [3], [3], [9]], dtype=np.float32)
    found = deduplicate(points, 1.5, seed=0)
    np.testing.assert_array_equal(found.kept, [True, False, True, False, False, True])
    np.testing.assert_array_equal(found.nearest, [1, 1, 1, 0, 0, 6])
    np.testing.assert_array_equal(deduplicate(points, 0, seed=0).kept, [1, 1, 1, 1, 0, 1])
    np.testing.assert_array_equal(deduplicate(points, 1, seed=0).kept, [1, 1, 1, 1, 0, 1])  # 1 is not nearer
    assert (found.recall, found.kind) == (1.0, "exact search of 5 points")


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 60), st.integers(0, 3), st.floats(0, 4))
def test_the_definition(n: int, seed: int, threshold: float) -> None:
    points = np.random.default_rng(seed).integers(-4, 5, (n, 2)).astype(np.float32)
    found = deduplicate(points, threshold, seed=0)
    np.testing.assert_array_equal(found.kept, greedy(points, threshold))
    assert found.nearest.shape == (n,)


@pytest.mark.parametrize("exact_up_to", [10**6, 10])
def test_blocks_and_collapsed_sets(monkeypatch: pytest.MonkeyPatch, exact_up_to: int) -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(300, 3)), np.ones((200, 3)), rng.normal(size=(20, 3)) / 9])
    points = points.astype(np.float32)[rng.permutation(520)]
    monkeypatch.setattr("genaug_plugins.metrics.neighbours.deduplicate._BLOCK", 23)
    found = deduplicate(points, 0.3, seed=1, exact_up_to=exact_up_to)
    expected = greedy(points, 0.3)
    if exact_up_to > 520:
        np.testing.assert_array_equal(found.kept, expected)
    else:
        assert found.recall >= 0.95
        assert found.kind.startswith("FAISS IVF")
        assert (found.kept != expected).mean() < 0.05
