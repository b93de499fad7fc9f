"""Strategies that break exactly one promise."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from genaug import Sampler, Strategy
from genaug.data import Request, TrainView


class EvenStrategy(Strategy):
    name: ClassVar[str] = "even"

    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        for label in range(train.spec.classes):
            latents = None
            if "latent" in sampler.capabilities:
                latents = rng.standard_normal((4, 2), dtype=np.float32)
            yield Request(label, 4, latents)


class EndlessStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        return itertools.cycle(super().requests(train, sampler, rng))


class IdleStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        return iter(())


class EmptyStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        yield from super().requests(train, sampler, rng)
        yield Request(0, 0)


class ShortStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        for request in super().requests(train, sampler, rng):
            latents = None if request.latents is None else request.latents[1:]
            yield dataclasses.replace(request, latents=latents)


class DemandingStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        for request in super().requests(train, sampler, rng):
            yield dataclasses.replace(request, sources=(str(train.samples.ids[request.label]),))


class UnseededStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        return super().requests(train, sampler, np.random.default_rng())


class SortingStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        train.samples.labels.sort()
        return super().requests(train, sampler, rng)


class SeedingStrategy(EvenStrategy):
    def requests(self, train: TrainView, sampler: Sampler, rng: np.random.Generator) -> Iterator[Request]:
        np.random.seed(0)
        return super().requests(train, sampler, rng)


GOOD = [EvenStrategy()]

BROKEN = {
    "ends": [EndlessStrategy(), IdleStrategy()],
    "asks_for_classes_that_exist": [EmptyStrategy()],
    "gives_latents_and_sources_that_fit": [ShortStrategy()],
    "asks_only_for_what_the_sampler_can": [DemandingStrategy()],
    "asks_the_same_twice": [UnseededStrategy()],
    "leaves_the_training_view_alone": [SortingStrategy()],
    "leaves_global_randomness_alone": [SeedingStrategy()],
}
