"""Base class of generators whose samples each start from a training sample of the class."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug import Context, Generator, Sampler
from genaug.data import DataFacts, Request, Samples, SampleSpec, TrainView
from genaug.data.samples import IntArray
from genaug.data.spread import ROUNDING_32, mean_and_spread
from genaug.errors import DataError

TENSORS = "samples.safetensors"
RECORD = "samples.json"
CAPABILITIES = frozenset({"class-conditional", "image-to-image"})

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Learned:
    """What a sample-based generator has learned.

    Attributes:
        spec: of the samples.
        values: the labelled training samples, flat, ``[N, D]``: float32, float64 for tables.
        labels: int64 ``[N]``.
        tensors: what `SampleBasedGenerator.learn` returned.
    """

    spec: SampleSpec
    values: NDArray[Any]
    labels: IntArray
    tensors: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def counts(self) -> IntArray:
        """Return the number of training samples of each class, ``[classes]``."""
        return np.bincount(self.labels, minlength=self.spec.classes).astype(np.int64)

    def of_class(self, label: int) -> Doubles:
        """Return the training samples of a class, ``[n, D]``."""
        own: Doubles = self.values[self.labels == label].astype(np.float64)
        return own

    def unit(self) -> Doubles:
        """Return the unit of each value, ``[D]``: a standard deviation over the training samples.

        Each value of a vector has its own, each channel of a signal one, images one for all pixels. A
        constant value has the unit 0. Nothing depends on the scale of the data.
        """
        _, spread = mean_and_spread(self.values.astype(np.float64), ROUNDING_32)
        if self.spec.modality == "vector":
            return spread
        channels = self.spec.shape[0] if self.spec.modality == "signal" else 1
        top = spread.max() or 1.0  # squares neither overflow nor underflow
        means = np.sqrt(((spread / top).reshape(channels, -1) ** 2).mean(axis=1)) * top
        return np.repeat(means, spread.size // channels)


class SampleBasedGenerator(Generator):
    """A generator that varies training samples: those of the request's class, or those the request names."""

    given_capabilities: ClassVar[frozenset[str]] = CAPABILITIES

    modalities: ClassVar[frozenset[str]] = frozenset({"image", "signal", "vector"})
    """Modalities that it can vary."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for a modality that cannot be varied in this way."""
        if spec.modality not in self.modalities:
            raise DataError(
                f"{self.name} makes {_listed(self.modalities)}, not {spec.modality} samples: "
                "choose a generator for it (`genaug plugins list --kind generator`)"
            )

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Check the number of training samples of each class; see `too_few`."""
        if wrong := self.too_few(facts.train, facts.spec):
            raise DataError(f"{self.name} {wrong}")
        return ()

    def too_few(self, counts: IntArray, spec: SampleSpec) -> str:
        """Return why these numbers of training samples, ``[classes]``, cannot be learned; "" if they can."""
        return ""

    def fit(self, train: TrainView, context: Context) -> SampleBasedSampler:
        """Keep the labelled training samples, and learn the rest in closed form.

        Raises:
            DataError: where there are too few samples, or the modality cannot be varied.
        """
        self.check_usable(train.spec)
        if wrong := self.too_few(train.samples.per_class(train.spec.classes), train.spec):
            raise DataError(f"{self.name} {wrong}")
        values = train.samples.values.reshape(len(train.samples), -1)
        known = Learned(train.spec, values, train.samples.labels)
        return SampleBasedSampler(self, Learned(known.spec, values, known.labels, self.learn(known)))

    def load(self, folder: Path, context: Context) -> SampleBasedSampler:
        """Return a saved sampler; the context is not used."""
        from safetensors.numpy import load_file

        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        tensors = load_file(folder / TENSORS)
        values, labels = tensors.pop("values"), tensors.pop("labels")
        learned = Learned(SampleSpec.model_validate(record["spec"]), values, labels, tensors)
        return SampleBasedSampler(self, learned)

    def learn(self, known: Learned) -> dict[str, NDArray[Any]]:
        """Return arrays that `vary` needs beside the training samples. Default: none."""
        return {}

    @abstractmethod
    def vary(self, bases: Doubles, label: int, learned: Learned, rng: np.random.Generator) -> Doubles:
        """Return one new sample for each base, ``[n, D]``, flat; values outside the range are clipped.

        Args:
            bases: training samples, ``[n, D]``: of the class, or those that the request names.
            label: the class that the new samples are meant to be of; it has training samples.
            learned: all training samples, and what `learn` returned.
            rng: the only source of randomness.
        """


class SampleBasedSampler(Sampler):
    """Sampler of varied training samples.

    The bases of a request without sources are the training samples of its class in random order, each as
    often as the others.
    """

    capabilities = CAPABILITIES

    def __init__(self, generator: SampleBasedGenerator, learned: Learned) -> None:
        self.spec = learned.spec
        self._generator, self._learned = generator, learned

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield the samples in batches.

        Raises:
            DataError: if the class had no training samples.
        """
        learned, label = self._learned, request.label
        own = np.flatnonzero(learned.labels == label)
        if not len(own):
            known = ", ".join(self.spec.class_names[c] for c in np.flatnonzero(learned.counts))
            raise DataError(
                f"class {self.spec.class_names[label]!r} cannot be sampled: it had no training samples; the "
                f"classes learned are {known}"
            )
        if request.sources:
            bases = request.one_source_each().values.reshape(request.count, -1)
        else:
            rounds = -(-request.count // len(own))
            rows = np.concatenate([rng.permutation(own) for _ in range(rounds)])[: request.count]
            bases = learned.values[rows]
        values = self._generator.vary(bases.astype(np.float64), label, learned, rng).astype(self.spec.dtype)
        if self.spec.value_range is not None:
            values = values.clip(*self.spec.value_range)
        labels = np.full(request.count, label, dtype=np.int64)
        yield Samples(values.reshape(request.count, *self.spec.shape), labels)

    def save(self, folder: Path) -> None:
        """Write the training samples, what was learned, and the spec."""
        from safetensors.numpy import save_file

        learned = self._learned
        tensors = {"values": learned.values, "labels": learned.labels, **learned.tensors}
        save_file({name: np.ascontiguousarray(array) for name, array in tensors.items()}, folder / TENSORS)
        record = {"spec": self.spec.model_dump(mode="json")}
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _listed(modalities: frozenset[str]) -> str:
    words = sorted(f"{modality}s" for modality in modalities)
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]
