"""The density selector on hand-made candidates."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug.testing import parametrize_with_checks
from genaug_plugins.scoring import against_training
from genaug_plugins.selectors.density import DensitySelector


@parametrize_with_checks(
    [
        DensitySelector(),
        DensitySelector(share=0.5, k=2),
        DensitySelector(within="all"),
        DensitySelector(max_per_class=2, min_per_class=1),
    ]
)
def test_promises(component: DensitySelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def expected(real: np.ndarray, fake: np.ndarray, k: int) -> np.ndarray:
    """Return the density at each fake by its definition."""
    real, fake = real.astype(float), fake.astype(float)
    r = np.sort(np.linalg.norm(real[:, None] - real[None], axis=-1), axis=1)[:, k]
    return (np.linalg.norm(fake[:, None] - real[None], axis=-1) < r).sum(axis=1) / k


@pytest.mark.parametrize("within", ["all", "class"])
def test_the_dense_middle_is_kept(hand_made, monkeypatch, within: str) -> None:  # type: ignore[no-untyped-def]
    view, given = hand_made.train(), hand_made.clouds(20, scale=1.5)
    selector = DensitySelector(within=within)
    found = selector.select(given, view, hand_made.context())
    for label in range(3):
        rows = given.pool.labels == label
        real = view.samples.values[(view.samples.labels == label) | (within == "all")]
        values = expected(real, given.pool.samples.values[rows], 5)
        np.testing.assert_array_equal(found.scores["density"][rows], values)
    np.testing.assert_array_equal(found.kept, found.scores["density"] >= 1)
    assert set(found.reasons) == {"", "density below 1"}
    monkeypatch.setattr(against_training, "BLOCK", 7)
    blocks = selector.select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.scores["density"], blocks.scores["density"])


def test_few_training_samples(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train((20, 20, 5))
    found = DensitySelector().select(hand_made.clouds(3), view, hand_made.context())
    assert found.reasons[-1] == "its class has too few training samples to measure density"
    with pytest.raises(DataError, match="selector density: k = 5 neighbours need at least 6"):
        DensitySelector(within="all").select(
            hand_made.clouds(3), hand_made.train((1, 1, 1)), hand_made.context()
        )


def test_no_candidates_give_the_same_scores(hand_made) -> None:  # type: ignore[no-untyped-def]
    none = DensitySelector().select(hand_made.candidates([], []), hand_made.train(), hand_made.context())
    assert none.kept.shape == (0,)
    assert none.scores.keys() == {"density"}
