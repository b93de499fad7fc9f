"""What a strategy promises."""

import itertools
from collections.abc import Iterable

import numpy as np

from genaug.contracts import Sampler, Strategy
from genaug.data import Request, TrainView
from genaug.errors import DataError
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_global_randomness, other_global_randomness

MOST = 10_000


def ends(strategy: Strategy, material: Material) -> None:
    """Ask for at least one sample, and come to an end (within 10,000 requests on 18 training samples)."""
    requests = _requests(strategy, material)
    assert requests, "it asks for nothing"
    assert len(requests) < MOST, f"it goes on asking after {MOST:,} requests"


def asks_for_classes_that_exist(strategy: Strategy, material: Material) -> None:
    """Ask for at least one sample at a time, of a class that the training view has."""
    for request in _requests(strategy, material):
        assert 0 <= request.label < material.spec.classes, f"there is no class {request.label}"
        assert request.count >= 1, f"a request asks for {request.count} samples"
        assert isinstance(request.count, int), f"a request asks for {request.count!r} samples"


def gives_latents_and_sources_that_fit(strategy: Strategy, material: Material) -> None:
    """Give one finite float32 latent a sample, and sources from the training view, where it gives any."""
    known = set(material.train().samples.ids.tolist())
    for request in _requests(strategy, material):
        if request.latents is not None:
            assert request.latents.ndim == 2, f"latents have shape {request.latents.shape}, not [count, Z]"
            assert len(request.latents) == request.count, "there is not one latent a sample"
            assert request.latents.dtype == np.float32, f"latents are {request.latents.dtype}"
            assert np.isfinite(request.latents).all(), "latents hold NaN or infinite values"
        assert set(request.sources) <= known, "a source is no training sample"


def asks_only_for_what_the_sampler_can(strategy: Strategy, material: Material) -> None:
    """Ask a sampler that can do nothing but classes for nothing else, or raise DataError."""
    try:
        requests = _requests(strategy, material, material.sampler(frozenset({"class-conditional"})))
    except DataError:
        return
    for request in requests:
        asked = {
            "latents": request.latents is not None,
            "a prompt": request.prompt is not None,
            "sources": bool(request.sources),
        }
        beyond = [what for what, given in asked.items() if given]
        assert not beyond, (
            f"it gives {beyond[0]} to a sampler without that capability; raise DataError instead"
        )


def asks_the_same_twice(strategy: Strategy, material: Material) -> None:
    """Ask for the same from an rng in the same state."""
    first = _requests(strategy, material)
    with other_global_randomness():
        again = _requests(strategy, material)
    assert digest(again) == digest(first), "the same rng state gives other requests"


def leaves_the_training_view_alone(strategy: Strategy, material: Material) -> None:
    """Change nothing in the training view."""
    train = material.train()
    before = digest(train)
    _requests(strategy, material, train=train)
    assert digest(train) == before


def leaves_global_randomness_alone(strategy: Strategy, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("asking"):
        _requests(strategy, material)


def _requests(
    strategy: Strategy, material: Material, sampler: Sampler | None = None, train: TrainView | None = None
) -> list[Request]:
    found: Iterable[Request] = strategy.requests(
        train or material.train(), sampler or material.sampler(), np.random.default_rng(0)
    )
    return list(itertools.islice(found, MOST))
