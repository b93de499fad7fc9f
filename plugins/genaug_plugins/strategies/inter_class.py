"""Requests for samples between two classes, with soft labels."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, JsonValue

from genaug import Context, Sampler
from genaug.components.frozen_dict import FrozenDict
from genaug.components.references import Use
from genaug.contracts import Extractor, StrategyPlace
from genaug.data import DataFacts, Request, SampleSpec, TrainView
from genaug.data.samples import IntArray
from genaug.errors import DataError
from genaug_plugins.strategies.amounts import AmountsStrategy

Share = Annotated[float, Field(gt=0, le=1)]
OPTION = "strength"
"""Name of the option of requests that says how far a sample goes from its source."""
CLASS_NAME = "{class}"
"""Stands for the name of the class in a prompt."""


class InterClassStrategy(AmountsStrategy):
    """Request samples on the way from a sample of one class towards another class, with a soft label.

    For the strength λ the label is (1 − λ^γ) for the class of the source and λ^γ for the other (Diff-Mix,
    Wang et al. 2024, arXiv 2403.19600, which starts a diffusion model from an image of one class and prompts
    it with another). A sample counts for the class with the larger share: the amounts are of these. The
    strengths are used in equal numbers.
    """

    name: ClassVar[str] = "inter-class"

    way: Literal["image-to-image", "latent"] = "image-to-image"
    """`image-to-image`: start from a sample of one class and ask for the other with a `strength`. `latent`:
    the latent (1 − λ) z_a + λ z_b of a sample of each class. A class-conditional generator is then told the
    class with the larger share, and only what its latents know of the classes is mixed: look at the
    samples."""
    strengths: tuple[Share, ...] = Field(default=(0.3, 0.5, 0.7), min_length=1)
    """Strengths λ in (0, 1]; 1 is all anew, or the other class."""
    gamma: float = Field(default=1.0, gt=0)
    """Exponent γ: below 1 the other class has a larger share than λ, above 1 a smaller one."""
    pairs: Literal["all", "nearest", "confused"] = "all"
    """Classes that are paired: all, each with the nearest ones by the means of features, or each with those
    that the task confuses it with, as often as it does (cross-fitted on the training view; all, for a class
    that is never confused)."""
    nearest: int = Field(default=1, ge=1)
    """For `pairs: nearest`: number of classes that each is paired with."""
    extractor: Use[Extractor] | None = None
    """For `pairs: nearest`: the features. None: the pipeline's."""
    prompt: str | None = "a photo of a {class}"
    """For generators that read a prompt: the text, with `{class}` for the name of the class to go to. None:
    no prompt."""
    options: FrozenDict[str, JsonValue] = FrozenDict()
    """Other options of the requests, such as `guidance`."""

    @property
    def reads_confusion(self) -> bool:  # type: ignore[override]
        """Whether `pairs` is `confused`."""
        return self.pairs == "confused"

    @property
    def uses_pipeline_extractor(self) -> bool:
        """Whether `pairs` is `nearest`, and no extractor is set."""
        return self.pairs == "nearest" and self.extractor is None

    def check_place(self, place: StrategyPlace) -> None:
        """Refuse a generator that can neither start from a sample nor be told a class, and a task of targets.

        Raises:
            ValueError: naming what is missing.
        """
        super().check_place(place)
        needed = {"latent", "encode"} if self.way == "latent" else {"image-to-image"}
        able = ", ".join(sorted(place.capabilities)) or "no capability"
        if missing := sorted(needed - place.capabilities):
            raise ValueError(
                f"the strategy {self.name!r} needs {', '.join(missing)} for `way: {self.way}`, and the "
                f"generator {place.generator!r} offers {able}: choose another generator or another way"
            )
        if self.way == "image-to-image" and not {"class-conditional", "prompt"} & place.capabilities:
            raise ValueError(
                f"the strategy {self.name!r} asks for a class, and the generator {place.generator!r} can be "
                f"told none: it offers {able}, neither class-conditional nor prompt"
            )
        if place.predicts != "classes":
            raise ValueError(
                f"the strategy {self.name!r} gives soft labels, and the task {place.task!r} predicts "
                f"{place.predicts}: choose a task of classes, or another strategy"
            )

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse data of one class.

        Raises:
            DataError: where there is no other class.
        """
        if spec.classes < 2:
            raise DataError(
                f"strategy {self.name}: it goes from one class to another, and the data have only "
                f"{spec.class_names[0]!r}: choose another strategy"
            )

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Refuse a class without training samples, and amounts that add nothing."""
        if (facts.train == 0).any():
            empty = facts.spec.class_names[int((facts.train == 0).argmax())]
            raise DataError(f"strategy {self.name}: class {empty!r} has no training sample to start from")
        return super().check_data(facts)

    def requested_options(self) -> Iterator[Mapping[str, JsonValue]]:
        """Yield the options for each strength."""
        for strength in self.strengths:
            yield self._options(strength)

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each pair of classes and strength.

        Raises:
            DataError: where a class has no training sample, or the sampler cannot do what `way` needs.
        """
        needed = {"latent", "encode"} if self.way == "latent" else {"image-to-image"}
        if missing := needed - sampler.capabilities:
            raise DataError(f"strategy {self.name}: the sampler lacks {', '.join(sorted(missing))}")
        self.check_usable(train.spec)
        weights = self._pairs(train, context)
        latents = sampler.encode(train.samples) if self.way == "latent" else None
        for label, count in self.amounts(train):
            drawn = Counter[tuple[int, int, float]]()
            others = rng.choice(train.spec.classes, size=count, p=weights[label])
            for number, other in enumerate(others.tolist()):
                strength = self.strengths[number % len(self.strengths)]
                mine = strength**self.gamma >= 0.5  # whether it is of the class that it goes to
                drawn[(other, label, strength) if mine else (label, other, strength)] += 1
            for (start, end, strength), times in sorted(drawn.items()):
                yield self._request(train, sampler, latents, (start, end), strength, times, rng)

    def _request(
        self,
        train: TrainView,
        sampler: Sampler,
        latents: NDArray[np.float32] | None,
        pair: tuple[int, int],
        strength: float,
        count: int,
        rng: np.random.Generator,
    ) -> Request:
        """Return the request for samples of a pair of classes at a strength."""
        rows = [_rows(train, label, count, rng) for label in pair]
        share = strength**self.gamma
        soft = np.zeros(train.spec.classes)
        soft[pair[0]], soft[pair[1]] = 1 - share, share
        ids = train.samples.ids
        if latents is None:
            text = None
            if self.prompt is not None and "prompt" in sampler.capabilities:
                text = self.prompt.replace(CLASS_NAME, train.spec.class_names[pair[1]])
            return Request(
                pair[1],
                count,
                prompt=text,
                sources=tuple(ids[rows[0]].tolist()),
                options=self._options(strength),
                paired=True,
                soft_label=tuple(soft.tolist()),
            )
        between = (1 - strength) * latents[rows[0]] + strength * latents[rows[1]]
        sources = tuple(ids[np.stack(rows, axis=1).ravel()].tolist())
        return Request(
            pair[1] if share >= 0.5 else pair[0],
            count,
            between.astype(np.float32),
            sources=sources,
            options=dict(self.options),
            paired=True,
            soft_label=tuple(soft.tolist()),
        )

    def _options(self, strength: float) -> dict[str, JsonValue]:
        return {**self.options, OPTION: strength} if self.way == "image-to-image" else dict(self.options)

    def _pairs(self, train: TrainView, context: Context) -> NDArray[np.float64]:
        """Return the probability of each other class for each class, ``[classes, classes]``."""
        counts = train.samples.per_class(train.spec.classes)
        apart = ~np.eye(len(counts), dtype=np.bool_)
        weights = apart.astype(np.float64)
        if self.pairs == "nearest":
            features = context.features(self.extractor, train.samples)
            means = np.stack([features[train.samples.labels == c].mean(axis=0) for c in range(len(counts))])
            away = np.linalg.norm(means[:, None].astype(np.float64) - means[None], axis=2)
            away[~apart] = np.inf
            order = np.argsort(away, axis=1, kind="stable")[:, : min(self.nearest, len(counts) - 1)]
            weights = np.zeros_like(weights)
            np.put_along_axis(weights, order, 1.0, axis=1)
        elif self.pairs == "confused":
            confused = (context.confusion().counts * apart).astype(np.float64)
            confused += confused.T  # a pair is confused, in whichever direction
            weights = np.where(confused.sum(axis=1, keepdims=True) > 0, confused, weights)
        normalized: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
        return normalized


def _rows(train: TrainView, label: int, count: int, rng: np.random.Generator) -> IntArray:
    """Return training samples of a class in random order, each as often as the others, ``[count]``."""
    own = np.flatnonzero(train.samples.labels == label)
    rounds = -(-count // len(own))
    return np.concatenate([rng.permutation(own) for _ in range(rounds)])[:count]
