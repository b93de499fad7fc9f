"""The copula against what can be worked out by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from scipy.stats import spearmanr
from sklearn.covariance import ledoit_wolf

from genaug.data import Column, Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.testing import Material
from genaug_plugins.generators.copula_marginals import Marginals
from genaug_plugins.generators.gaussian_copula import GaussianCopulaGenerator, GaussianCopulaSampler

CONTEXT = Material().context()
MIXED = SampleSpec(
    modality="table",
    shape=(4,),
    class_names=("a", "b"),
    columns=(
        Column(name="x", type="numeric"),
        Column(name="n", type="integer"),
        Column(name="colour", type="categorical", categories=("blue", "green", "red"), missing=True),
        Column(name="flag", type="boolean"),
    ),
)
NUMBERS = SampleSpec(
    modality="table",
    shape=(2,),
    class_names=("a", "b"),
    columns=(Column(name="x", type="numeric"), Column(name="y", type="numeric")),
)


def mixed(n: int = 400) -> TrainView:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, n)
    x = rng.normal(labels * 3.0, 1.0)
    values = np.stack(
        [
            x,
            np.rint(10 * x + rng.normal(size=n)),
            np.where(rng.random(n) < 0.25, np.nan, rng.choice([0, 1, 2], n, p=[0.1, 0.3, 0.6])),
            (x + rng.normal(size=n) > 1.5).astype(float),
        ],
        axis=1,
    )
    return TrainView(MIXED, Samples(values, labels))


def fit(train: TrainView) -> GaussianCopulaSampler:
    return GaussianCopulaGenerator().fit(train, CONTEXT)


def numbers(values: np.ndarray, labels: list[int]) -> TrainView:
    return TrainView(NUMBERS, Samples(np.asarray(values, dtype=np.float64), np.array(labels)))


def test_rows_agree_with_the_spec_and_stay_within_the_class() -> None:
    train = mixed()
    sampler = fit(train)
    for label in (0, 1):
        made = sampler.sample(Request(label, 500), np.random.default_rng(1)).values
        MIXED.check_values(made)
        own = train.samples.values[train.samples.labels == label]
        assert (np.nanmin(made, axis=0) >= np.nanmin(own, axis=0)).all()
        assert (np.nanmax(made, axis=0) <= np.nanmax(own, axis=0)).all()


def test_marginals_and_dependence_come_back() -> None:
    train = mixed(2000)
    own = train.samples.values[train.samples.labels == 1]
    made = fit(train).sample(Request(1, 4000), np.random.default_rng(2)).values
    assert abs(np.isnan(made[:, 2]).mean() - np.isnan(own[:, 2]).mean()) < 0.03
    for code in range(3):
        assert abs(np.nanmean(made[:, 2] == code) - np.nanmean(own[:, 2] == code)) < 0.03
    assert abs(np.median(made[:, 0]) - np.median(own[:, 0])) < 0.1
    assert spearmanr(made[:, 0], made[:, 1]).statistic > 0.97  # 10 x + noise
    assert np.corrcoef(made[:, 0], made[:, 3])[0, 1] > 0.3


def test_the_quantile_function_is_exact_at_the_values_and_linear_between() -> None:
    values = np.array([[3.0, 0], [1.0, 0], [10.0, 0], [2.0, 0]])
    marginals = Marginals.learn(Samples(values, np.zeros(4, np.int64)), NUMBERS, 1000)
    at = (np.arange(4) + 0.5) / 4
    latents = np.stack([ndtri(np.array([*at, 0.25, 1e-9, 1 - 1e-9])), np.zeros(7)], axis=1)
    made = marginals.values(latents, 0)[:, 0]
    np.testing.assert_allclose(made, [1, 2, 3, 10, 1.5, 1, 10], atol=1e-9)
    # … and the latents of the values are those of their ranks.
    found = marginals.latents(values, np.zeros(4, np.int64))[:, 0]
    np.testing.assert_allclose(ndtr(found), [0.625, 0.125, 0.875, 0.375])


def test_categories_take_their_share_of_the_latents_the_most_frequent_first() -> None:
    spec = SampleSpec(
        modality="table",
        shape=(1,),
        class_names=("a",),
        columns=(Column(name="c", type="categorical", categories=("p", "q", "r"), missing=True),),
    )
    values = np.array([[1.0]] * 5 + [[0.0]] * 2 + [[2.0]] * 1 + [[np.nan]] * 2)
    marginals = Marginals.learn(Samples(values, np.zeros(10, np.int64)), spec, 1000)
    u = (np.arange(80) + 0.5) / 80
    made = marginals.values(np.stack([ndtri(u), np.full(80, -9.0)], axis=1), 0)[:, 0]
    assert [int((made == code).sum()) for code in (1, 0, 2)] == [50, 20, 10]
    assert made[:50].tolist() == [1.0] * 50
    missing = marginals.values(np.stack([np.zeros(80), ndtri(u)], axis=1), 0)[:, 0]
    assert np.isnan(missing).sum() == 16  # 20 %
    found = marginals.latents(values, np.zeros(10, np.int64))
    np.testing.assert_allclose(ndtr(found[0]), [5 / 8 / 2, 0.8 / 2])
    np.testing.assert_allclose(ndtr(found[-1]), [0.5, 0.9])


def test_correlations_are_shrunk_by_the_formula() -> None:
    rng = np.random.default_rng(3)
    values, labels = rng.normal(size=(30, 2)), [0] * 6 + [1] * 24
    train = numbers(values, labels)
    sampler = fit(train)
    latents = np.empty((30, 2))
    for label in (0, 1):
        rows = np.flatnonzero(np.array(labels) == label)
        ranks = values[rows].argsort(axis=0).argsort(axis=0) + 1
        latents[rows] = ndtri((ranks - 0.5) / len(rows))
    pooled = ledoit_wolf(latents, assume_centered=True)[0]
    pooled /= np.sqrt(np.outer(np.diag(pooled), np.diag(pooled)))
    own = latents[:6].T @ latents[:6] + 3 * pooled
    expected = own[0, 1] / np.sqrt(own[0, 0] * own[1, 1])
    z = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)
    made = sampler.sample(Request(0, 3, z), np.random.default_rng(0)).values
    correlation = np.array([[1, expected], [expected, 1]])
    # Any square root of the correlation matrix gives rows of the same Gram matrix in latent space.
    root = sampler._factors[0]
    np.testing.assert_allclose(root @ root.T, correlation, atol=1e-12)
    np.testing.assert_allclose(made, sampler._marginals.values(z.astype(np.float64) @ root.T, 0), atol=1e-12)


def test_large_classes_are_summarized() -> None:
    values = np.random.default_rng(4).normal(size=(5000, 2))
    train = numbers(values, [0] * 2500 + [1] * 2500)
    sampler = GaussianCopulaGenerator(quantiles=50).fit(train, CONTEXT)
    assert len(sampler._marginals.tensors["points/0/0"]) == 50
    made = sampler.sample(Request(0, 4000), np.random.default_rng(0)).values
    assert abs(made.std() - 1) < 0.05


def test_edges_constant_columns_one_row_and_a_class_without_values() -> None:
    train = numbers([[1, 5], [2, 5], [3, 7]], [0, 0, 1])
    sampler = fit(train)
    assert set(sampler.sample(Request(0, 20), np.random.default_rng(0)).values[:, 1]) == {5.0}
    assert np.unique(sampler.sample(Request(1, 5), np.random.default_rng(0)).values, axis=0).tolist() == [
        [3, 7]
    ]
    assert any("class 'b' has one row" in warning for warning in sampler.warnings)
    with pytest.raises(DataError, match=r"'b' cannot be sampled.*learned are a"):
        fit(numbers([[1, 5], [2, 5]], [0, 0])).sample(Request(1, 1), np.random.default_rng(0))
    with pytest.raises(DataError, match="at least two training rows"):
        fit(numbers([[1, 5]], [0]))
    with pytest.raises(DataError, match="makes rows of tables, not vector samples"):
        fit(Material((6,)).train())


def test_it_comes_back_from_its_folder(tmp_path: Path) -> None:
    sampler = fit(mixed())
    sampler.save(tmp_path)
    loaded = GaussianCopulaGenerator().load(tmp_path, CONTEXT)
    for label in (0, 1):
        one, other = (s.sample(Request(label, 9), np.random.default_rng(0)).values for s in (sampler, loaded))
        assert np.array_equal(one, other, equal_nan=True)
