"""The null distribution of the kernel distance."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug_plugins.metrics import kernel_halves as module
from genaug_plugins.metrics.kernel import kernel_distance
from genaug_plugins.metrics.kernel_halves import kernel_halves


def draws(seed: int, n: int = 60, d: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


def test_it_is_the_distribution_of_the_kernel_distance_of_random_halves() -> None:
    x, rng = draws(0, n=41), np.random.default_rng(1)
    found = kernel_halves(x, draws=600)
    orders = [rng.permutation(41) for _ in range(600)]
    values = [kernel_distance(x[order[:20]], x[order[20:]]) for order in orders]
    assert found.interval == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.05)
    assert found.mean == pytest.approx(np.mean(values), abs=0.03)
    assert found.n == 41


def test_the_order_does_not_matter_and_the_seed_does() -> None:
    x = draws(0)
    assert kernel_halves(x[::-1], 20).interval == pytest.approx(kernel_halves(x, 20).interval, rel=1e-12)
    assert kernel_halves(x, 20, seed=1).interval != kernel_halves(x, 20).interval


def test_of_many_samples_some_are_divided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 30)
    assert kernel_halves(draws(0), 20).n == 30


def test_too_few_are_refused() -> None:
    with pytest.raises(DataError, match="5 samples, but at least 6"):
        kernel_halves(draws(0, n=5))
