"""The realism selector on hand-made candidates."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug.testing import parametrize_with_checks
from genaug_plugins.scoring import against_training
from genaug_plugins.selectors.realism import RealismSelector


@parametrize_with_checks(
    [
        RealismSelector(),
        RealismSelector(share=0.5),
        RealismSelector(within="class", k=2),
        RealismSelector(max_per_class=2, min_per_class=1),
    ]
)
def test_promises(component: RealismSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def expected(real: np.ndarray, fake: np.ndarray, k: int = 3) -> np.ndarray:
    """Return R(g) by its definition."""
    real, fake = real.astype(float), fake.astype(float)
    rr = np.linalg.norm(real[:, None] - real[None], axis=-1)
    r = np.sort(rr, axis=1)[:, k]  # itself is the first
    gf = np.linalg.norm(fake[:, None] - real[None], axis=-1)
    return (r / gf)[:, r <= np.median(r)].max(axis=1)


def test_what_lies_among_the_training_samples_is_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train()
    given = hand_made.candidates([[-3, 0], [3, 0.2], [40, 40], [0, 4.5]], [0, 1, 0, 2])
    found = RealismSelector().select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, True, False, False])
    values = expected(view.samples.values, given.pool.samples.values)
    np.testing.assert_allclose(found.scores["realism"], values, rtol=1e-9)
    assert found.reasons[2] == "realism below 1"


def test_among_the_samples_of_its_own_class(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train()
    given = hand_made.candidates([[3, 0], [-3, 0.1], [3, 0.1]], [0, 0, 1])
    found = RealismSelector(within="class").select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [False, True, True])
    for label in range(2):
        rows = given.pool.labels == label
        own = view.samples.values[view.samples.labels == label]
        values = expected(own, given.pool.samples.values[rows])
        np.testing.assert_allclose(found.scores["realism"][rows], values, rtol=1e-9)


def test_a_class_of_few_training_samples(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-3, 0], [0, 9]], [0, 2])
    view = hand_made.train((20, 20, 3))
    found = RealismSelector(within="class").select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, False])
    assert found.reasons[1] == "its class has too few training samples to measure realism"
    assert "class 'far' has 3 training samples, and k = 3 neighbours need 4" in found.warnings[0]
    assert np.isnan(found.scores["realism"][1])


def test_the_best_share_of_each_class_is_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.clouds(10, scale=2.0)
    found = RealismSelector(share=0.3).select(given, hand_made.train(), hand_made.context())
    for label in range(3):
        rows = np.flatnonzero(given.pool.labels == label)
        best = rows[np.argsort(-found.scores["realism"][rows])[:3]]
        assert set(np.flatnonzero(found.kept[rows])) == set(best - rows[0])


@pytest.mark.parametrize("within", ["all", "class"])
def test_blocks_decide_nothing(hand_made, monkeypatch, within: str) -> None:  # type: ignore[no-untyped-def]
    given, selector = hand_made.clouds(20, scale=1.5), RealismSelector(within=within)
    whole = selector.select(given, hand_made.train(), hand_made.context())
    monkeypatch.setattr(against_training, "BLOCK", 7)
    blocks = selector.select(given, hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(whole.scores["realism"], blocks.scores["realism"])


def test_copies_are_called_copies(hand_made) -> None:  # type: ignore[no-untyped-def]
    view = hand_made.train()
    half = np.argsort(np.abs(view.samples.values).sum(axis=1))[:30]
    given = hand_made.candidates(view.samples.values[half], view.samples.labels[half])
    found = RealismSelector().select(given, view, hand_made.context())
    copies = int((found.scores["realism"] == 1e9).sum())
    assert copies > 5
    assert f"{copies} candidates with exactly the features of a training sample" in found.remarks


def test_more_training_samples_than_neighbours_are_needed(hand_made) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match="need at least 4 training samples, but there are 3: lower k"):
        RealismSelector().select(hand_made.clouds(2), hand_made.train((1, 1, 1)), hand_made.context())


def test_no_candidates_give_the_same_scores(hand_made) -> None:  # type: ignore[no-untyped-def]
    none = RealismSelector().select(hand_made.candidates([], []), hand_made.train(), hand_made.context())
    assert none.kept.shape == (0,)
    assert none.scores.keys() == {"realism"}
