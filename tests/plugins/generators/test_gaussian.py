"""The Gaussian: that it finds the Gaussian the data came from, and copes with few samples."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from pydantic import ValidationError

from genaug import Context
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.hooks import open_hooks
from genaug.testing import Material
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins.generators.gaussian import GaussianGenerator, GaussianSampler

NAMES = ("a", "b", "c")


def fit(
    values: np.ndarray[Any, Any],
    labels: list[int],
    value_range: tuple[float, float] | None = None,
    **settings: Any,
) -> GaussianSampler:
    modality = {1: "vector", 2: "signal", 3: "image"}[values.ndim - 1]
    spec = SampleSpec(modality=modality, shape=values.shape[1:], class_names=NAMES, value_range=value_range)
    nothing = cast(Any, None)
    context = Context(0, "cpu", open_hooks([]), nothing, nothing, MemoryCheckpoint())
    samples = Samples(values.astype(np.float32), np.array(labels, dtype=np.int64))
    return GaussianGenerator.model_validate(settings).fit(TrainView(spec, samples), context)


def draw(sampler: GaussianSampler, label: int, count: int = 20_000, **more: Any) -> Samples:
    return sampler.draw(Request(label, count, **more), np.random.default_rng(1))


def cloud(count: int, mean: list[float], covariance: list[list[float]], seed: int = 0) -> Any:
    return np.random.default_rng(seed).multivariate_normal(mean, covariance, count)


def test_finds_the_mean_and_covariance_of_each_class() -> None:
    round_, long = [[1.0, 0.0], [0.0, 1.0]], [[4.0, 1.5], [1.5, 1.0]]
    values = np.concatenate([cloud(4000, [0, 0], round_), cloud(4000, [5, -3], long, 1)])
    sampler = fit(values, [0] * 4000 + [1] * 4000, components=2)
    for label, mean, covariance in ((0, [0, 0], round_), (1, [5, -3], long)):
        made = draw(sampler, label).values
        assert made.mean(0) == pytest.approx(mean, abs=0.1)
        assert np.cov(made.T) == pytest.approx(np.array(covariance), abs=0.2)


def test_a_class_of_one_takes_its_spread_from_the_others() -> None:
    values = np.concatenate([cloud(200, [0, 0], [[4, 0], [0, 0.25]]), [[10.0, 10.0]]])
    made = draw(fit(values, [0] * 200 + [2], components=2), 2).values
    assert made.mean(0) == pytest.approx([10, 10], abs=0.1)
    # One sample against Z + 1 = 3 pooled ones: ¾ of the pooled covariance.
    assert made.var(0) == pytest.approx([3, 0.1875], rel=0.2)


@pytest.mark.parametrize("shape", [(6,), (2, 5), (3, 4, 4)])
def test_makes_any_modality_within_its_range(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (9, *shape))
    made = draw(fit(values, [0, 1, 2] * 3, (-1, 1)), 1, 500)
    assert made.values.shape == (500, *shape)
    assert made.values.dtype == np.float32
    assert (made.values.min(), made.values.max()) == (-1, 1)  # clipped
    assert (made.labels == 1).all()


def test_components_are_a_number_or_a_share() -> None:
    values = cloud(500, [0, 0, 0, 0], np.diag([100.0, 10.0, 1.0, 0.01]).tolist()).reshape(500, 1, 4)
    labels = [0] * 500
    dims = {c: fit(values, labels, components=c).latent_dim for c in (1, 3, 9, 0.8, 0.95, 0.999, 1.0)}
    assert dims == {1: 4, 3: 3, 9: 4, 0.8: 1, 0.95: 2, 0.999: 3} | {1: dims[1]}
    for wrong in (0, 1.5, -1):
        with pytest.raises(ValidationError):
            GaussianGenerator(components=wrong)


def test_the_latent_moves_the_sample_along_the_covariance() -> None:
    sampler = fit(cloud(300, [1, 2], [[4, 0], [0, 1]]), [0] * 300, components=2)
    latents = np.array([[0, 0], [1, -1], [-1, 1]], dtype=np.float32)
    made = draw(sampler, 0, 3, latents=latents).values
    assert made[0] == pytest.approx([1, 2], abs=0.3)
    assert made[1] - made[0] == pytest.approx(made[0] - made[2], abs=1e-5)
    with pytest.raises(DataError, match=r"shape \(3, 2\), not \(3, 1\)"):
        draw(sampler, 0, 3, latents=latents[:, :1])


def test_finds_the_latents_that_samples_were_made_of() -> None:
    sampler = fit(cloud(300, [1, 2], [[4, 1], [1, 1]]), [0, 1, 2] * 100, components=2)
    latents = np.random.default_rng(0).standard_normal((20, 2), dtype=np.float32)
    made = draw(sampler, 1, 20, latents=latents)
    assert sampler.encode(made) == pytest.approx(latents, abs=1e-4)
    with pytest.raises(DataError, match="class -1 have no latent"):
        sampler.encode(Samples(made.values, made.labels - 2))


def test_comes_back_from_its_folder(tmp_path: Path) -> None:
    sampler = fit(cloud(30, [1, 2], [[4, 0], [0, 1]]), [0, 1, 2] * 10)
    sampler.save(tmp_path)
    loaded = GaussianGenerator().load(tmp_path, Material().context())
    assert np.array_equal(draw(loaded, 1).values, draw(sampler, 1).values)
    assert {path.name for path in tmp_path.iterdir()} == {"gaussian.safetensors", "gaussian.json"}


def test_refuses_what_has_no_spread_and_classes_it_never_saw() -> None:
    with pytest.raises(DataError, match="two training samples"):
        fit(np.eye(3), [0, 1, 2])
    with pytest.raises(DataError, match=r"class 2 cannot be sampled.*a, b"):
        draw(fit(cloud(8, [0, 0], [[1, 0], [0, 1]]), [0, 1] * 4), 2)


def test_columns_of_vectors_are_learned_whatever_their_units() -> None:
    values = cloud(400, [0.0, 5.0], [[1.0, 0.3], [0.3, 1.0]]) * [1.0, 1e4]
    made = draw(fit(values, [0] * 400), 0).values
    assert made.std(axis=0) == pytest.approx(values.std(axis=0), rel=0.05)


def test_own_and_pooled_covariances_of_classes() -> None:
    """`own` is that of the class, `pooled` the mean within classes; a class of one has the pooled one."""
    round_, long = [[1.0, 0.0], [0.0, 1.0]], [[9.0, 0.0], [0.0, 1.0]]
    values = np.concatenate([cloud(2000, [0, 0], round_), cloud(2000, [5, -3], long, 1), [[9.0, 9.0]]])
    labels = [0] * 2000 + [1] * 2000 + [2]
    own, pooled = (fit(values, labels, components=2, covariance=which) for which in ("own", "pooled"))
    assert draw(own, 0).values.var(0) == pytest.approx([1, 1], rel=0.1)
    assert draw(own, 1).values.var(0) == pytest.approx([9, 1], rel=0.1)
    for sampler, label in ((pooled, 0), (pooled, 1), (own, 2)):
        assert draw(sampler, label).values.var(0) == pytest.approx([5, 1], rel=0.1)


def test_shrinkage_is_that_of_ledoit_and_wolf_and_can_be_switched_off() -> None:
    values = cloud(12, [0, 0, 0, 0], np.diag([4.0, 1, 1, 1]).tolist())
    plain = fit(values, [0] * 12, components=4, covariance="own", shrinkage=False)
    shrunk = fit(values, [0] * 12, components=4, covariance="own")
    made = [np.cov(draw(sampler, 0, 100_000).values.T) for sampler in (plain, shrunk)]
    assert made[0] == pytest.approx(np.cov(values.T), abs=0.12)
    spread = [np.ptp(np.linalg.eigvalsh(covariance)) for covariance in made]
    assert spread[1] < 0.95 * spread[0]
