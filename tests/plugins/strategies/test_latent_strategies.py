"""Strategies in latent spaces: where the latents are, and which samples they come from."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import kstest, truncnorm

from genaug import Sampler, Strategy
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import DataError
from genaug.testing import Material
from genaug_plugins.strategies.latent_interpolation import LatentInterpolationStrategy
from genaug_plugins.strategies.latent_neighbourhood import LatentNeighbourhoodStrategy
from genaug_plugins.strategies.truncation import TruncationStrategy

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("many", "two", "one"))
LABELS = np.repeat([0, 1, 2], [20, 2, 1]).astype(np.int64)
VIEW = TrainView(
    SPEC, Samples(np.random.default_rng(0).standard_normal((23, 3)).astype(np.float32) * [1, 10, 100], LABELS)
)
ROWS = {identity: row for row, identity in enumerate(VIEW.samples.ids.tolist())}


class SameSampler(Sampler):
    """A sampler whose latents are the samples themselves."""

    spec = SPEC
    capabilities = frozenset({"class-conditional", "latent", "encode"})
    latent_dim = 3

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        assert request.latents is not None
        yield Samples(request.latents, np.full(request.count, request.label))

    def encode(self, samples: Samples) -> np.ndarray:
        return samples.values

    def save(self, folder: Path) -> None:
        raise NotImplementedError


def encoded(strategy: Strategy, view: TrainView) -> Iterable[Request]:
    return strategy.requests(view, SameSampler(), np.random.default_rng(0), Material().context())


def asked(strategy: Strategy, view: TrainView = VIEW) -> list[Request]:
    return list(encoded(strategy, view))


def latents_of(request: Request) -> tuple[np.ndarray, np.ndarray]:
    """Return the latents of a request ``[n, Z]``, and those of its sources ``[n, k, Z]``."""
    assert request.latents is not None
    assert request.paired
    rows = np.array([ROWS[identity] for identity in request.sources]).reshape(request.count, -1)
    assert (LABELS[rows] == request.label).all()
    return request.latents, VIEW.samples.values[rows]


@pytest.mark.parametrize("strategy", [LatentInterpolationStrategy, LatentNeighbourhoodStrategy])
def test_each_training_sample_is_used_as_often_as_the_others(strategy: Any) -> None:
    for request in asked(strategy(add=40)):
        assert request.count == 40
        _, sources = latents_of(request)
        first = sources[:, 0, 0]
        assert set(np.unique(first, return_counts=True)[1]) == {40 // (request.label == LABELS).sum()}


def test_linear_interpolation_is_a_mean_of_two_latents() -> None:
    for request in asked(LatentInterpolationStrategy(add=30, path="linear", between=(0.25, 0.25))):
        made, sources = latents_of(request)
        np.testing.assert_allclose(made, 0.75 * sources[:, 0] + 0.25 * sources[:, 1], rtol=1e-5)
        if request.label < 2:
            assert (sources[:, 0] != sources[:, 1]).any(axis=1).all()  # two different samples


def test_spherical_interpolation_divides_the_angle_and_the_length() -> None:
    def unit(vectors: np.ndarray) -> np.ndarray:
        return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))

    made, sources = latents_of(asked(LatentInterpolationStrategy(add=30, between=(0.3, 0.3)))[0])
    lengths = np.linalg.norm(sources, axis=2)
    np.testing.assert_allclose(
        np.linalg.norm(made, axis=1), 0.7 * lengths[:, 0] + 0.3 * lengths[:, 1], rtol=1e-4
    )
    whole = np.arccos((unit(sources[:, 0]) * unit(sources[:, 1])).sum(axis=1).clip(-1, 1))
    part = np.arccos((unit(sources[:, 0]) * unit(made)).sum(axis=1).clip(-1, 1))
    np.testing.assert_allclose(part, 0.3 * whole, atol=0.01)


def test_spherical_interpolation_needs_no_direction() -> None:
    values = np.array([[1, 0, 0], [-1, 0, 0], [0, 0, 0], [2, 0, 0]], dtype=np.float32)
    view = TrainView(SPEC, Samples(values, np.zeros(4, dtype=np.int64)))
    request = next(iter(encoded(LatentInterpolationStrategy(add=40), view)))
    assert request.latents is not None
    assert np.isfinite(request.latents).all()
    assert (np.abs(request.latents) <= 2).all()


@pytest.mark.parametrize("beta", [0.3, 3.0])
def test_beta_moves_the_share_to_the_ends_or_to_the_middle(beta: float) -> None:
    made, sources = latents_of(asked(LatentInterpolationStrategy(add=400, path="linear", beta=beta))[0])
    way = sources[:, 1] - sources[:, 0]
    share = ((made - sources[:, 0]) * way).sum(axis=1) / (way**2).sum(axis=1)
    assert share.mean() == pytest.approx(0.5, abs=0.06)
    assert share.var() == pytest.approx(1 / (4 * (2 * beta + 1)), rel=0.2)


def test_a_class_of_one_sample_gives_its_own_latent() -> None:
    made, sources = latents_of(asked(LatentInterpolationStrategy(add=5))[2])
    np.testing.assert_allclose(made, sources[:, 0], rtol=1e-5)


def test_the_radius_is_in_units_of_the_latents_of_the_class() -> None:
    for request in asked(LatentNeighbourhoodStrategy(add=4000, radius=0.5)):
        made, sources = latents_of(request)
        own = VIEW.samples.values[request.label == LABELS]
        spread = own.std(axis=0) if len(own) > 1 else VIEW.samples.values.std(axis=0)
        np.testing.assert_allclose((made - sources[:, 0]).std(axis=0), 0.5 * spread, rtol=0.05)


def test_truncated_latents_are_truncated_normal() -> None:
    for threshold, settings in ((0.7, {"threshold": 0.7}), (1.0, {})):
        (request, *_) = asked(TruncationStrategy.model_validate({"add": 2000} | settings))
        assert request.latents is not None
        assert np.abs(request.latents).max() <= threshold
        assert kstest(request.latents.ravel(), truncnorm(-threshold, threshold).cdf).pvalue > 0.01


def test_shrunken_latents_are_normal_times_psi() -> None:
    (request, *_) = asked(TruncationStrategy(add=2000, psi=0.5))
    assert request.latents is not None
    assert kstest(request.latents.ravel() / 0.5, "norm").pvalue > 0.01


def test_a_class_without_training_samples_is_named() -> None:
    view = TrainView(SPEC, VIEW.samples.take(np.flatnonzero(LABELS < 2)))
    with pytest.raises(DataError, match="class 'one' has no training sample to encode"):
        asked(LatentNeighbourhoodStrategy(add=1), view)


@pytest.mark.parametrize(
    ("strategy", "settings", "said"),
    [
        (LatentInterpolationStrategy, {"between": (0.5, 0.2)}, "two ascending numbers in"),
        (LatentInterpolationStrategy, {"between": (0.5, 1.2)}, "two ascending numbers in"),
        (TruncationStrategy, {"psi": 0.5, "threshold": 1}, "give one of `threshold`"),
        (LatentNeighbourhoodStrategy, {"radius": 0}, "greater than 0"),
    ],
)
def test_settings_that_mean_nothing_are_refused(strategy: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        strategy(add=1, **settings)
