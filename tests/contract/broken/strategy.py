"""Strategies that break exactly one rule of the contract."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from genaug import Context, Sampler, Strategy
from genaug.contracts import StrategyPlace
from genaug.data import Request, TrainView


class EvenStrategy(Strategy):
    name: ClassVar[str] = "even"

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        for label in range(train.spec.classes):
            latents = None
            if "latent" in sampler.capabilities:
                latents = rng.standard_normal((4, sampler.latent_dim or 0), dtype=np.float32)
            yield Request(label, 4, latents)


class EndlessStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        return itertools.cycle(super().requests(train, sampler, rng, context))


class IdleStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        return iter(())


class EmptyStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        yield from super().requests(train, sampler, rng, context)
        yield Request(0, 0)


class ShortStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        for request in super().requests(train, sampler, rng, context):
            latents = None if request.latents is None else request.latents[1:]
            yield dataclasses.replace(request, latents=latents)


class DemandingStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        for request in super().requests(train, sampler, rng, context):
            yield dataclasses.replace(request, sources=(str(train.samples.ids[request.label]),))


class UnseededStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        return super().requests(train, sampler, np.random.default_rng(), context)


class SortingStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        train.samples.labels.sort()
        return super().requests(train, sampler, rng, context)


class SeedingStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        np.random.seed(0)
        return super().requests(train, sampler, rng, context)


class InterpolatingStrategy(EvenStrategy):
    """A strategy that requests samples between two training samples of each class."""

    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent", "encode"})

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        for label in range(train.spec.classes):
            two = train.samples.take(np.flatnonzero(train.samples.labels == label)[:2])
            share = rng.random((5, 1), dtype=np.float32)
            start, end = sampler.encode(two)
            yield Request(label, 5, start + share * (end - start), sources=tuple(two.ids.tolist()))


class OldStrategy(EvenStrategy):
    """A strategy without a context, as before the contract had one."""

    def requests(  # type: ignore[override]
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator
    ) -> list[Request]:
        return [Request(label, 2) for label in range(train.spec.classes)]


class MisspelledStrategy(EvenStrategy):
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditionnal"})


class HopefulStrategy(EvenStrategy):
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional"})

    def check_place(self, place: StrategyPlace) -> None:
        return


class LostStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        able = "image-to-image" in sampler.capabilities
        yield Request(0, 2, sources=("0" * 32,) if able else ())


class StrayOptionStrategy(EvenStrategy):
    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        yield Request(0, 2, options={"strenght": 0.5} if "latent" in sampler.capabilities else {})


class CuriousStrategy(EvenStrategy):
    """A strategy that reads the confusion without declaring it."""

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        for label, row in enumerate(context.confusion().counts):
            yield Request(label, 1 + int(row.sum() - row[label]))


class ConfusedStrategy(CuriousStrategy):
    reads_confusion: ClassVar[bool] = True


class EagerStrategy(ConfusedStrategy):
    """A strategy that takes any task."""

    def check_place(self, place: StrategyPlace) -> None:
        super().check_place(dataclasses.replace(place, predicts="classes"))


class DividingStrategy(ConfusedStrategy):
    """A strategy that divides by the number of errors."""

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        rates = context.confusion().error_rates.tolist()
        for label, rate in enumerate(rates):
            yield Request(label, 1 + int(10 * rate / sum(rates)))


GOOD = [EvenStrategy(), InterpolatingStrategy(), OldStrategy(), ConfusedStrategy()]

BROKEN = {
    "states_what_it_needs": [MisspelledStrategy(), HopefulStrategy()],
    "ends": [EndlessStrategy(), IdleStrategy()],
    "requests_existing_classes": [EmptyStrategy()],
    "gives_inputs_that_fit": [ShortStrategy(), LostStrategy(), StrayOptionStrategy()],
    "requests_only_what_the_sampler_can": [DemandingStrategy()],
    "declares_that_it_reads_the_confusion": [CuriousStrategy(), EagerStrategy()],
    "copes_with_every_confusion": [DividingStrategy()],
    "requests_the_same_twice": [UnseededStrategy()],
    "leaves_the_training_view_alone": [SortingStrategy()],
    "leaves_global_randomness_alone": [SeedingStrategy()],
}
