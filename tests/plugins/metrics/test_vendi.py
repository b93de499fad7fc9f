"""The Vendi score against closed forms, from both sides of the matrix."""

import numpy as np
import pytest
import torch

from genaug.errors import DataError
from genaug_plugins.metrics import vendi
from genaug_plugins.metrics.vendi import vendi_score


def by_definition(x: np.ndarray) -> float:
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    shares = np.linalg.eigvalsh(unit @ unit.T / len(x))
    shares = shares[shares > 1e-14]
    return float(np.exp(-np.sum(shares * np.log(shares))))


@pytest.mark.parametrize("copies", [1, 3])
def test_right_angles_count_and_copies_do_not(copies: int) -> None:
    # More samples than dimensions, and fewer.
    assert vendi_score(np.repeat(np.eye(5) * 3, copies, axis=0)) == pytest.approx(5)
    assert vendi_score(np.repeat(np.eye(9)[:4], copies, axis=0)) == pytest.approx(4)
    assert vendi_score(np.ones((copies, 4))) == pytest.approx(1)


def test_two_directions_at_an_angle_have_the_entropy_of_their_cosine() -> None:
    c = 0.6
    shares = np.array([1 + c, 1 - c]) / 2
    expected = np.exp(-np.sum(shares * np.log(shares)))
    assert vendi_score([[1.0, 0.0], [0.6, 0.8]]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("n", "d"), [(30, 8), (8, 30), (12, 12)])
def test_both_sides_are_the_definition(n: int, d: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).normal(size=(n, d)) + 0.5
    value = vendi_score(x)
    assert value == pytest.approx(by_definition(x), rel=1e-10)
    assert 1 <= value <= min(n, d)
    monkeypatch.setattr(vendi, "_BLOCK", 20)
    assert vendi_score(np.random.default_rng(1).permutation(x)) == pytest.approx(value, rel=1e-10)
    assert vendi_score(torch.from_numpy(x * 1e20)) == pytest.approx(value, rel=1e-10)


def test_a_row_without_direction_is_named() -> None:
    with pytest.raises(DataError, match="row 2 of the features is 0"):
        vendi_score([[1.0, 2.0], [1.0, 0.0], [0.0, 0.0]])
    with pytest.raises(DataError, match="at least 1"):
        vendi_score(np.zeros((0, 3)))
