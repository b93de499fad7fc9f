"""The kernel distance against its definition, the reference package and its own sampling error."""

import numpy as np
import pytest
from torch_fidelity.metric_kid import kernel_mmd

from genaug.errors import DataError
from genaug_plugins.metrics import kernel
from genaug_plugins.metrics.kernel import kernel_distance, kernel_distance_interval


def draws(seed: int, n: int = 60, d: int = 12) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    def k(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return (a @ b.T / a.shape[1] + 1) ** 3

    off = ~np.eye(len(x), dtype=bool), ~np.eye(len(y), dtype=bool)
    return float(k(x, x)[off[0]].mean() + k(y, y)[off[1]].mean() - 2 * k(x, y).mean())


def test_equals_its_definition_and_the_reference_package() -> None:
    x, y = draws(0), draws(1) * 1.3 + 0.2
    assert kernel_distance(x, y) == pytest.approx(by_definition(x, y), rel=1e-10)
    assert kernel_distance(x, y) == pytest.approx(kernel_mmd(x, y), rel=1e-10)
    assert kernel_distance(x, y[:35]) == pytest.approx(by_definition(x, y[:35]), rel=1e-10)


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = draws(0), draws(1, n=47)
    whole = kernel_distance(x, y)
    monkeypatch.setattr(kernel, "_BLOCK", 100)
    assert kernel_distance(x, y) == pytest.approx(whole, rel=1e-12)


def test_it_is_unbiased_where_both_are_of_one_distribution() -> None:
    values = np.array([kernel_distance(draws(s, n=20), draws(s + 1000, n=20)) for s in range(200)])
    assert (values < 0).any()
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(len(values))


def test_the_interval_is_the_jackknife_and_covers_the_true_value() -> None:
    x, y = draws(0, n=9), draws(1, n=8) + 0.5
    left_x = np.array([by_definition(np.delete(x, i, axis=0), y) for i in range(9)])
    left_y = np.array([by_definition(x, np.delete(y, j, axis=0)) for j in range(8)])
    variance = 8 / 9 * np.sum((left_x - left_x.mean()) ** 2) + 7 / 8 * np.sum((left_y - left_y.mean()) ** 2)
    found = kernel_distance_interval(x, y)
    assert found.value == pytest.approx(by_definition(x, y), rel=1e-10)
    assert found.interval[1] - found.value == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)

    true = kernel_distance(draws(7, n=3000), draws(8, n=3000) + 0.5)
    covering = [
        low <= true <= high
        for low, high in (
            kernel_distance_interval(draws(s), draws(s + 500) + 0.5).interval for s in range(60)
        )
    ]
    assert np.mean(covering) > 0.85


@pytest.mark.parametrize("bad", [np.zeros((1, 4)), np.full((5, 4), np.nan), np.zeros((5, 3))])
def test_what_cannot_be_measured_is_said(bad: np.ndarray) -> None:
    with pytest.raises(DataError):
        kernel_distance(np.zeros((6, 4)), bad)
