"""Moments of blocks are those of the whole, and an offset costs no digits."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from genaug.errors import DataError
from genaug_plugins.metrics import moments
from genaug_plugins.metrics.frechet import frechet_between, frechet_distance
from genaug_plugins.metrics.moments import Moments


def draws(n: int, d: int = 5, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_they_are_numpys() -> None:
    values = draws(40)
    found = Moments.of(values)
    assert found.count == 40
    np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(found.covariance, np.cov(values, rowvar=False), rtol=1e-12)
    np.testing.assert_array_equal(found.scatter, found.scatter.T)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 8), st.integers(0, 2**31))
def test_however_cut_streamed_or_merged_they_are_the_same(sizes: list[int], d: int, seed: int) -> None:
    values = draws(sum(sizes), d, seed)
    parts = np.split(values, np.cumsum(sizes)[:-1])
    whole, streamed, merged = Moments.of(values), Moments.streamed(parts), Moments.of(parts[0])
    for part in parts[1:]:
        merged = merged.merge(Moments.of(part))
    for other in (streamed, merged):
        assert other.count == whole.count
        np.testing.assert_allclose(other.mean, whole.mean, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(other.scatter, whole.scatter, rtol=1e-10, atol=1e-11)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = draws(200, 12), draws(150, 12, 1) * 1.5
    whole = frechet_distance(real, fake)
    monkeypatch.setattr(moments, "_BLOCK", 100)
    assert frechet_distance(real, fake) == pytest.approx(whole, rel=1e-12)


def test_an_offset_costs_no_digits_beyond_its_own() -> None:
    values = draws(100)
    offset = Moments.streamed(np.split(values + 1e6, 4))
    np.testing.assert_allclose(offset.covariance, Moments.of(values).covariance, rtol=1e-8, atol=1e-9)


def test_the_distance_of_streamed_moments_is_that_of_the_samples() -> None:
    real, fake = draws(90, 6), draws(70, 6, 1) + 0.3
    streamed = [Moments.streamed(np.array_split(f, 7)) for f in (real, fake)]
    assert frechet_between(*streamed) == pytest.approx(frechet_distance(real, fake), rel=1e-11)


def test_half_precision_and_tensors() -> None:
    values = torch.from_numpy(draws(30)).half()
    np.testing.assert_allclose(Moments.of(values).mean, values.double().numpy().mean(axis=0), rtol=1e-12)


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(DataError, match="5 dimensions in one block, 4 in another"):
        Moments.streamed([draws(3), draws(3, 4)])
    with pytest.raises(DataError, match="no blocks"):
        Moments.streamed([])
    with pytest.raises(DataError, match="cannot be merged"):
        Moments.of(draws(3)).merge(Moments.of(draws(3, 4)))
    with pytest.raises(DataError, match="one sample has no covariance"):
        _ = Moments.of(draws(1)).covariance
    with pytest.raises(DataError, match="at least 2"):
        frechet_between(Moments.of(draws(1)), Moments.of(draws(3)))
    with pytest.raises(DataError, match="one extractor"):
        frechet_between(Moments.of(draws(3, 4)), Moments.of(draws(3)))
    with pytest.raises(DataError, match="NaN"):
        Moments.of(np.full((3, 2), np.nan))
