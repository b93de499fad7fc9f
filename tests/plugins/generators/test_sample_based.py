"""Generators that start from training samples: their formulas, on data where the answer is known."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug import Context, Generator, Sampler
from genaug.data import Column, Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins import (
    CalibratedGenerator,
    InterpolationGenerator,
    JitterGenerator,
    KdeGenerator,
    RemixGenerator,
    SmoteGenerator,
)
from genaug_plugins.generators.sample_based import Learned

NOTHING = cast(Any, None)
CONTEXT = Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, MemoryCheckpoint())
RNG = np.random.default_rng
ON_NUMBERS: list[Generator] = [
    CalibratedGenerator(rich=4),
    InterpolationGenerator(),
    JitterGenerator(),
    KdeGenerator(),
    RemixGenerator(way="blend"),
    SmoteGenerator(),
]
names = pytest.mark.parametrize("generator", ON_NUMBERS, ids=[part.name for part in ON_NUMBERS])


def view(values: NDArray[Any], labels: list[int], **spec: Any) -> TrainView:
    modality = {1: "vector", 2: "signal", 3: "image"}[values.ndim - 1]
    names = tuple("abcdef"[: max(labels) + 1])
    made = SampleSpec(modality=modality, shape=values.shape[1:], class_names=names, **spec)
    return TrainView(made, Samples(values.astype(made.dtype), np.array(labels, dtype=np.int64)))


def draw(sampler: Sampler, label: int, count: int, **more: Any) -> NDArray[Any]:
    return sampler.draw(Request(label, count, **more), RNG(1)).values


def cloud(count: int, mean: list[float], covariance: list[list[float]], seed: int = 0) -> NDArray[Any]:
    return RNG(seed).multivariate_normal(mean, covariance, count)


# calibrated


def three_rich_and_a_poor(poor: list[list[float]]) -> TrainView:
    """Return classes at (0, 0), (4, 0) and (100, 0) of 3,000 samples, and a poor one."""
    shapes = ([[1.0, 0.6], [0.6, 1.0]], [[2.0, 0.0], [0.0, 0.5]], [[50.0, 0.0], [0.0, 50.0]])
    places = ([0.0, 0.0], [4.0, 0.0], [100.0, 0.0])
    rich = [cloud(3000, *at, seed) for seed, at in enumerate(zip(places, shapes, strict=True))]
    labels = [0] * 3000 + [1] * 3000 + [2] * 3000 + [3] * len(poor)
    return view(np.concatenate([*rich, np.array(poor)]), labels)


@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_calibrated_has_the_moments_of_the_formula(weight: float) -> None:
    sampler = CalibratedGenerator(weight=weight).fit(three_rich_and_a_poor([[2.0, 3.0]]), CONTEXT)
    made = draw(sampler, 3, 40_000)
    mean = (np.array([2.0, 3.0]) + weight * np.array([2.0, 0.0])) / (1 + weight)  # donors: the first two
    assert made.mean(0) == pytest.approx(mean, abs=0.1)
    assert np.cov(made.T) == pytest.approx(np.array([[1.5, 0.3], [0.3, 0.75]]), abs=0.1)


def test_calibrated_borrows_from_the_nearest_for_each_sample() -> None:
    sampler = CalibratedGenerator(weight=1.0, donors=1).fit(
        three_rich_and_a_poor([[0.0, 1.0], [100.0, 1.0]]), CONTEXT
    )
    made = draw(sampler, 3, 4000)
    near, far = made[made[:, 0] < 50], made[made[:, 0] > 50]
    assert abs(len(near) - len(far)) < 100
    assert near.mean(0) == pytest.approx([0, 0.5], abs=0.15)
    assert far.var(0) == pytest.approx([50, 50], rel=0.15)


def test_a_rich_class_keeps_its_own_mean_and_covariance() -> None:
    sampler = CalibratedGenerator().fit(three_rich_and_a_poor([[2.0, 3.0]]), CONTEXT)
    made = draw(sampler, 0, 40_000)
    assert made.mean(0) == pytest.approx([0, 0], abs=0.1)
    assert np.cov(made.T) == pytest.approx(np.array([[1.0, 0.6], [0.6, 1.0]]), abs=0.1)


def test_calibrated_refuses_data_without_a_rich_class() -> None:
    with pytest.raises(DataError, match="at least 30 training samples, and the largest, 'b', has 6"):
        CalibratedGenerator().fit(view(RNG(0).normal(size=(9, 3)), [0] * 3 + [1] * 6), CONTEXT)


# kde


def test_kde_has_the_covariance_of_samples_and_kernel() -> None:
    train = view(cloud(400, [5, 0], [[4, 1], [1, 1]]), [0] * 400)
    made = draw(KdeGenerator(bandwidth=0.5).fit(train, CONTEXT), 0, 40_000)
    own = np.cov(train.samples.values.T)
    assert np.cov(made.T) == pytest.approx(own * 1.25, rel=0.05, abs=0.05)


def test_kde_takes_scotts_bandwidth_in_the_effective_dimension() -> None:
    train = view(cloud(4000, [0, 0], [[9, 0], [0, 1]]), [0] * 4000)  # in own units: two dimensions
    made = draw(
        KdeGenerator().fit(train, CONTEXT),
        0,
        40_000,
        sources=("x",),
        source_samples=Samples(np.zeros((1, 2), dtype=np.float32), np.zeros(1, dtype=np.int64)),
    )
    assert made.std(0) == pytest.approx(4000 ** (-1 / 6) * np.array([3, 1]), rel=0.05)


# jitter, interpolation, remix, smote


def test_jitter_has_noise_in_units_of_each_value() -> None:
    values = cloud(2000, [0, 0], [[100, 0], [0, 0.01]])
    source = Samples(np.array([[3.0, 7.0]], dtype=np.float32), np.zeros(1, dtype=np.int64))
    sampler = JitterGenerator(noise=0.2).fit(view(values, [0] * 2000), CONTEXT)
    made = draw(sampler, 0, 20_000, sources=("x",), source_samples=source)
    assert made.mean(0) == pytest.approx([3, 7], abs=0.05)
    assert made.std(0) == pytest.approx([2, 0.02], rel=0.05)


def test_interpolation_stays_between_two_samples_of_the_class() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [50.0, 50.0]])
    sampler = InterpolationGenerator().fit(view(corners, [0, 0, 0, 1]), CONTEXT)
    made = draw(sampler, 0, 3000)
    on_edge = (made.min(1) == 0) | np.isclose(made.sum(1), 1, atol=1e-6)
    assert on_edge.all()
    assert not (made[:, None] == corners[None]).all(2).any()  # never with itself
    assert made[(made[:, 1] == 0)][:, 0].mean() == pytest.approx(0.5, abs=0.05)
    assert (draw(sampler, 1, 3) == 50).all()  # one sample: itself


def test_remix_keeps_a_rectangle_of_the_sample_and_the_background_of_the_other() -> None:
    values = np.concatenate([np.full((2, 1, 6, 8), 1.0), np.full((4, 1, 6, 8), -1.0)])
    sampler = RemixGenerator(share=0.3).fit(view(values, [0] * 2 + [1] * 4, value_range=(-1, 1)), CONTEXT)
    made = draw(sampler, 0, 200)[:, 0] > 0
    for picture in made:
        rows, columns = np.flatnonzero(picture.any(1)), np.flatnonzero(picture.any(0))
        assert picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert made.mean(axis=(1, 2)).min() > 0.2
    assert made.mean() == pytest.approx(0.65, abs=0.05)
    blend = RemixGenerator(way="blend", share=0.5).fit(
        view(values, [0] * 2 + [1] * 4, value_range=(-1, 1)), CONTEXT
    )
    assert draw(blend, 0, 500).mean() == pytest.approx(0.5, abs=0.05)  # 2 · 0.75 − 1


def test_remix_refuses_patches_of_vectors_and_data_of_one_class() -> None:
    vectors = view(RNG(0).normal(size=(6, 3)), [0, 0, 0, 1, 1, 1])
    with pytest.raises(DataError, match=r"a vector has no places\. Set `way: blend`"):
        RemixGenerator().fit(vectors, CONTEXT)
    with pytest.raises(DataError, match="only one class has training samples"):
        RemixGenerator(way="blend").fit(view(RNG(0).normal(size=(6, 3)), [0] * 6), CONTEXT)


def test_smote_makes_what_imbalanced_learns_smote_makes() -> None:
    """Every sample lies between a training sample and one of its k neighbours, as theirs do."""
    values = np.round(RNG(0).normal(size=(12, 3)), 3)
    made = draw(SmoteGenerator(neighbours=2).fit(view(values, [0] * 8 + [1] * 4), CONTEXT), 0, 300)
    own = values[:8].astype(np.float32).astype(np.float64)
    unit = values.astype(np.float32).astype(np.float64).std(0)
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=3).fit(own / unit).kneighbors(own / unit, return_distance=False)
    edges = [(own[a], own[b]) for a in range(8) for b in near[a][1:]]
    for point in made.astype(np.float64):
        gaps = []
        for a, b in edges:
            u = np.clip(((point - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
            gaps.append(np.abs(a + u * (b - a) - point).max())
        assert min(gaps) < 1e-6


def test_smote_of_rows_makes_only_categories_that_exist() -> None:
    columns = (
        Column(name="age", type="integer"),
        Column(name="colour", type="categorical", categories=("red", "blue", "never"), missing=True),
    )
    rows = np.stack([RNG(0).integers(18, 90, 30), RNG(1).integers(0, 2, 30)], axis=1).astype(np.float64)
    rows[3, 1] = np.nan
    spec = SampleSpec(modality="table", shape=(2,), class_names=("a", "b"), columns=columns)
    labels = np.array([0] * 20 + [1] * 10, dtype=np.int64)
    made = draw(SmoteGenerator().fit(TrainView(spec, Samples(rows, labels)), CONTEXT), 1, 200)
    assert (made[:, 0] == np.rint(made[:, 0])).all()
    assert set(made[~np.isnan(made[:, 1]), 1]) <= {0.0, 1.0}
    assert rows[20:, 0].min() <= made[:, 0].min() <= made[:, 0].max() <= rows[20:, 0].max()


def test_smote_refuses_a_class_of_one() -> None:
    with pytest.raises(DataError, match="'b' has one training sample: choose `jitter` or `calibrated`"):
        SmoteGenerator().fit(view(RNG(0).normal(size=(4, 2)), [0, 0, 0, 1]), CONTEXT)


# all of them


@names
@pytest.mark.parametrize("shape", [(6,), (2, 17), (3, 5, 7)])
def test_makes_each_modality_within_its_range_and_comes_back(
    generator: Generator, shape: tuple[int, ...], tmp_path: Path
) -> None:
    values = RNG(0).uniform(-1, 1, (12, *shape))
    sampler = generator.fit(view(values, [0, 1, 2, 0] * 3, value_range=(-1, 1)), CONTEXT)
    made = draw(sampler, 1, 300)
    assert made.shape == (300, *shape)
    assert made.dtype == np.float32
    assert made.min() >= -1
    assert made.max() <= 1
    sampler.save(tmp_path)
    assert (draw(generator.load(tmp_path, CONTEXT), 1, 300) == made).all()


@names
@pytest.mark.parametrize("power", [-90, 90])
def test_the_unit_of_the_data_does_not_matter(generator: Generator, power: int) -> None:
    values = RNG(0).normal(size=(12, 5)).astype(np.float32)
    made = [
        draw(generator.fit(view(values * np.float32(factor), [0, 1, 2, 0] * 3), CONTEXT), 1, 50) / factor
        for factor in (1.0, 2.0**power)
    ]
    np.testing.assert_allclose(made[0], made[1], rtol=1e-5, atol=1e-6)


@names
def test_a_constant_value_stays(generator: Generator) -> None:
    values = RNG(0).normal(size=(12, 3))
    values[:, 1] = 7.0
    made = draw(generator.fit(view(values, [0, 1, 2, 0] * 3), CONTEXT), 1, 50)
    assert made[:, 1] == pytest.approx(7.0, abs=1e-5)


@names
def test_starts_from_the_samples_of_the_request(generator: Generator) -> None:
    values = np.concatenate([RNG(0).normal(size=(12, 3)), RNG(1).normal(size=(2, 3))])
    sampler = generator.fit(view(values[:12], [0, 1, 2, 0] * 3), CONTEXT)
    sources = Samples(values[12:].astype(np.float32), np.ones(2, dtype=np.int64))
    made = draw(sampler, 1, 2, sources=("x", "y"), source_samples=sources, paired=True)
    turned = draw(
        sampler, 1, 2, sources=("y", "x"), source_samples=sources.take(np.array([1, 0])), paired=True
    )
    assert not np.allclose(made, turned)


@names
def test_a_class_without_training_samples_is_named(generator: Generator) -> None:
    train = view(RNG(0).normal(size=(12, 3)), [0, 2, 2, 0] * 3)
    with pytest.raises(DataError, match=r"class 'b' cannot be sampled: .* the classes learned are a, c"):
        draw(generator.fit(train, CONTEXT), 1, 3)


@names
def test_refuses_texts(generator: Generator) -> None:
    with pytest.raises(DataError, match="not text samples"):
        generator.check_usable(SampleSpec(modality="text", shape=(), class_names=("a",)))


def test_training_samples_are_the_bases_equally_often() -> None:
    values = np.array([[0.0], [10.0], [20.0], [5.0]])
    made = draw(JitterGenerator(noise=1e-6).fit(view(values, [0, 0, 0, 1]), CONTEXT), 0, 7)
    _, counts = np.unique(np.rint(made), return_counts=True)
    assert sorted(counts) == [2, 2, 3]


def test_units_are_of_values_channels_or_pixels() -> None:
    values = RNG(0).normal(size=(500, 2, 8)) * np.array([1.0, 100.0])[:, None]
    labels = np.zeros(500, dtype=np.int64)
    flat = values.reshape(500, 16).astype(np.float32)
    spec = SampleSpec(modality="signal", shape=(2, 8), class_names=("a",))
    unit = Learned(spec, flat, labels).unit()
    assert len(set(unit[:8])) == len(set(unit[8:])) == 1
    assert unit[[0, 8]] == pytest.approx([1, 100], rel=0.05)
