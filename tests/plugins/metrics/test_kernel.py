"""The kernel distance against its definition, the reference package and its own sampling error."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from torch_fidelity.metric_kid import kernel_mmd
from torchmetrics.image.kid import KernelInceptionDistance

from genaug.errors import DataError
from genaug_plugins.metrics import kernel_means
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


def test_tiles_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = draws(0), draws(1, n=47)
    whole = kernel_distance_interval(x, y)
    monkeypatch.setattr(kernel_means, "_TILE", 7)
    tiled = kernel_distance_interval(x, y)
    assert tiled.value == pytest.approx(whole.value, rel=1e-11)
    assert tiled.interval == pytest.approx(whole.interval, rel=1e-9)


def test_float32_and_an_offset_cost_few_digits() -> None:
    x, y = draws(0, n=300) + 3, draws(1, n=300) * 1.3 + 3
    exact = kernel_distance(x.astype(np.float32).astype(np.float64), y.astype(np.float32).astype(np.float64))
    single = kernel_distance(x.astype(np.float32), y.astype(np.float32))
    assert single == pytest.approx(exact, rel=1e-5)
    assert kernel_distance(torch.from_numpy(x), torch.from_numpy(y)) == kernel_distance(x, y)


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance` will save:UserWarning")
def test_reference_packages_agree_on_real_features() -> None:
    images = load_digits().data / 16
    x, y = images[:500], images[500:1000]
    assert kernel_distance(x, y) == pytest.approx(kernel_mmd(x, y), rel=1e-10)

    class Extractor(torch.nn.Module):
        num_features = 64

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values.flatten(1)

    metric = KernelInceptionDistance(Extractor(), subsets=1, subset_size=500, normalize=True)
    for values, real in ((x, True), (y, False)):
        metric.update(torch.from_numpy(values.reshape(-1, 1, 8, 8)), real=real)
    assert kernel_distance(x, y) == pytest.approx(float(metric.compute()[0]), rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 25), st.integers(2, 25), st.integers(1, 9), st.integers(0, 2**31))
def test_order_changes_nothing_and_sides_may_be_swapped(n: int, m: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    value = kernel_distance(x, y)
    near = {"rel": 1e-9, "abs": 1e-11 * (1 + np.square(x).max() + np.square(y).max()) ** 3}
    assert value == pytest.approx(by_definition(x, y), **near)
    assert kernel_distance(rng.permutation(x), rng.permutation(y)) == pytest.approx(value, **near)
    assert kernel_distance(y, x) == pytest.approx(value, **near)


class TestBlocks:
    """Beyond a documented number of samples, each meets those of its block alone."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kernel_means, "ALL_PAIRS", 200)
        monkeypatch.setattr(kernel_means, "FEWEST", 40)

    def test_their_number_keeps_the_pairs_and_then_the_size(self) -> None:
        assert [kernel_means.block_count(n) for n in (2, 200, 201, 400, 1000, 10_000)] == [
            1,
            1,
            2,
            4,
            25,
            250,
        ]

    def test_one_set_may_be_small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        x, y = draws(0, n=600), draws(1, n=30) * 1.3
        blocked = kernel_distance_interval(x, y)
        monkeypatch.setattr(kernel_means, "ALL_PAIRS", 1000)
        whole = kernel_distance_interval(x, y)
        assert whole.interval[0] < blocked.value < whole.interval[1]

    def test_order_and_precision_change_nothing(self) -> None:
        x, y = draws(0, n=500).astype(np.float32), draws(1, n=450).astype(np.float32) * 1.3
        value = kernel_distance(x, y)
        shuffled = (np.random.default_rng(0).permutation(f) for f in (x, y))
        assert kernel_distance(*shuffled) == pytest.approx(value, rel=1e-6)
        assert kernel_distance(x.astype(np.float64), y) == pytest.approx(value, rel=1e-4)

    def test_they_are_unbiased_and_the_interval_is_as_wide_as_they_scatter(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [kernel_distance_interval(draws(s, n=400), draws(s + 1000, n=400) + 0.4) for s in range(40)]
        values = np.array([f.value for f in found])
        monkeypatch.setattr(kernel_means, "ALL_PAIRS", 10_000)
        true = kernel_distance(draws(7, n=5000), draws(8, n=5000) + 0.4)
        assert abs(values.mean() - true) < 4 * values.std() / np.sqrt(len(values)) + 0.02 * true
        assert np.mean([low <= true <= high for low, high in (f.interval for f in found)]) > 0.85


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
