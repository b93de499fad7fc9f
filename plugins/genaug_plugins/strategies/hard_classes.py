"""Requests for more of the classes that the task confuses."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue

from genaug import Context, Sampler, Strategy
from genaug.components.frozen_dict import FrozenDict
from genaug.contracts import StrategyPlace
from genaug.data import Confusion, Request, TrainView
from genaug.data.samples import IntArray
from genaug.errors import DataError

Strength = Annotated[float, Field(gt=0, le=1)]
SMOOTHING = 1
"""Samples of each class that count as half wrong, so that few samples do not decide alone."""


class HardClassesStrategy(Strategy):
    """Request samples of the classes, or around the samples, that the task gets wrong on the training view.

    Each training sample is predicted by a model that was not trained on it (cross-fitting; no other view is
    read). The number of samples of a class is proportional to (e + 1/2) / (n + 1) to the power `focus`, where
    e of its n training samples are predicted wrongly.

    With `around` above 0 the samples of a class start from its training samples, drawn in proportion to their
    cross-fitted log-loss −log p(class): from those that are learned late, or not at all.
    """

    name: ClassVar[str] = "hard-classes"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    reads_confusion: ClassVar[bool] = True

    total: int = Field(ge=1)
    """Number of samples of all classes together."""
    focus: float = Field(default=1.0, ge=0)
    """Exponent of the error rate: 0 asks for the same number of each class, 2 for four times as much where
    the error rate is twice as high."""
    least: int = Field(default=0, ge=0)
    """Smallest number of samples of a class."""
    around: Strength | None = None
    """Start from hard training samples, with this `strength`: needs a generator with the capability
    `image-to-image`. None: ask for the class alone."""
    options: FrozenDict[str, JsonValue] = FrozenDict()
    """Other options of the requests, such as `guidance`."""

    def check_place(self, place: StrategyPlace) -> None:
        """Refuse a generator that cannot start from samples, where `around` is set.

        Raises:
            ValueError: naming what is missing.
        """
        super().check_place(place)
        if self.around is not None and "image-to-image" not in place.capabilities:
            able = ", ".join(sorted(place.capabilities))
            raise ValueError(
                f"the strategy {self.name!r} needs image-to-image for `around`, and the generator "
                f"{place.generator!r} offers {able}: choose another generator, or leave `around` out"
            )

    def requested_options(self) -> Iterator[Mapping[str, JsonValue]]:
        """Yield the options of every request."""
        yield self._options()

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class.

        Raises:
            DataError: where `around` is set, and the sampler cannot start from samples.
        """
        if self.around is not None and "image-to-image" not in sampler.capabilities:
            raise DataError(f"strategy {self.name}: the sampler lacks image-to-image, which `around` needs")
        confusion = context.confusion()
        present = train.samples.per_class(train.spec.classes) > 0
        for label, count in enumerate(self._counts(confusion, present).tolist()):
            if not count:
                continue
            if self.around is None:
                yield Request(label, count, options=self._options())
                continue
            own = np.flatnonzero(confusion.labels == label)
            p = confusion.probabilities[own, label]
            loss = -np.log(np.clip(p, np.finfo(np.float64).tiny, 1))
            drawn = own[_apportioned(loss if loss.sum() else np.ones(len(own)), count, rng)]
            yield Request(
                label,
                count,
                sources=tuple(confusion.ids[drawn].tolist()),
                options=self._options(),
                paired=True,
            )

    def _counts(self, confusion: Confusion, present: NDArray[np.bool_]) -> IntArray:
        """Return the number of samples of each class, ``[classes]``; classes without samples have none."""
        counts = confusion.counts
        samples = counts.sum(axis=1)
        wrong = samples - np.diag(counts)
        weights = present * ((wrong + SMOOTHING / 2) / (samples + SMOOTHING)) ** self.focus
        exact = self.total * weights / weights.sum()
        found = np.floor(exact).astype(np.int64)
        rest = self.total - int(found.sum())  # goes to the largest remainders
        found[np.argsort(found - exact, kind="stable")[:rest]] += 1
        return np.where(present, np.maximum(found, self.least), 0)

    def _options(self) -> dict[str, JsonValue]:
        return dict(self.options) if self.around is None else {**self.options, "strength": self.around}


def _apportioned(weights: NDArray[np.float64], count: int, rng: np.random.Generator) -> IntArray:
    """Return `count` indices, each as often as its weight says, to within one (systematic sampling)."""
    edges = np.cumsum(weights) / weights.sum() * count
    places = np.minimum(rng.random() + np.arange(count), count)
    found: IntArray = np.searchsorted(edges, places, side="left").clip(0, len(weights) - 1)
    return found
