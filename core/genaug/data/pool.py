"""Pools of candidates, with the lineage that is needed to make each one again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from genaug.data.request import Request
from genaug.data.samples import BoolArray, IntArray, Samples
from genaug.data.spec import SampleSpec
from genaug.renamed import accept_old_fields


@dataclass(frozen=True)
class Origin:
    """One call of a sampler: the request and the seed.

    Attributes:
        generator: fingerprint of the fitted generator's artifact.
        seed: of the rng that was passed to the sampler.
        prompt: of the request; None where there was none.
        sources: ids of the training samples that the request started from.
        label: requested class.
        soft_label: of the request; None: its samples are of the requested class alone.
        count: requested samples; 0: unknown, because they were not made by a sampler.
        options: of the request, with all defaults filled in.
        paired: whether each sample has sources of its own; see `Request.paired`.
        request: number of the strategy's request.
        start: number of the first sample within that request.
        inputs: arrays of the request, where given: ``latents`` float32 ``[count, Z]``, ``mask`` bool
            ``[M, …]``; those of a pool on disk are read on access.
    """

    generator: str
    seed: int
    prompt: str | None = None
    sources: tuple[str, ...] = ()
    label: int = 0
    count: int = 0
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    paired: bool = False
    request: int = 0
    start: int = 0
    soft_label: tuple[float, ...] | None = None
    inputs: Mapping[str, NDArray[np.generic]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, request: Request, number: int, generator: str, seed: int) -> "Origin":
        """Return the origin of the samples of a request, or of a part of one.

        Args:
            request: passed to the sampler.
            number: of the strategy's request that it belongs to.
            generator: fingerprint of the fitted generator's artifact.
            seed: of the rng that is passed to the sampler.
        """
        arrays = {"latents": request.latents, "mask": request.mask}
        return cls(
            generator,
            seed,
            request.prompt,
            request.sources,
            request.label,
            request.count,
            request.options,
            request.paired,
            number,
            request.start,
            request.soft_label,
            {name: array for name, array in arrays.items() if array is not None},
        )

    def asked(self) -> Request:
        """Return the request, with the ids of its sources but without the source samples."""
        latents, mask = self.inputs.get("latents"), self.inputs.get("mask")
        return Request(
            self.label,
            self.count,
            None if latents is None else latents.astype(np.float32, copy=False),
            self.prompt,
            self.sources,
            self.options,
            None if mask is None else mask.astype(np.bool_, copy=False),
            self.paired,
            start=self.start,
            soft_label=self.soft_label,
        )

    def sources_of(self, position: int) -> tuple[str, ...]:
        """Return the ids of the training samples that the sample at a position started from."""
        if not self.paired:
            return self.sources
        each = len(self.sources) // self.count if self.count else 1
        return self.sources[position * each : (position + 1) * each]


@accept_old_fields({"request": "origin"})
@dataclass(frozen=True, eq=False)
class Pool:
    """Candidates with the lineage of each.

    Attributes:
        spec: what a sample is, the same as the real data's.
        samples: N candidates, at the precision in which they are stored and exported. Those of a run are
            on disk: labels and ids are in memory, and ``samples.values`` reads all values at once, so use
            `batches` where possible.
        origins: the calls that made them.
        origin: int64 ``[N]``, which of `origins` made each candidate.
        position: int64 ``[N]``, its place among the samples of that call.
        scores: the sampler's own scores, float64 ``[N]`` each.
        native_samples: the candidates at the generator's resolution, where that is another one; see
            `native`.
        native_spec: spec of these.
        notes: notes on the making of the pool, a sentence each.
        metadata: ``[N]`` JSON objects: what is known of the making of each candidate beyond its origin
            (`Sampler.metadata`); None: nothing.
    """

    spec: SampleSpec
    samples: Samples
    origins: tuple[Origin, ...]
    origin: IntArray
    position: IntArray
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    native_samples: Samples | None = None
    native_spec: SampleSpec | None = None
    notes: tuple[str, ...] = ()
    metadata: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def ids(self) -> NDArray[np.str_]:
        """Return the content hash of each candidate, ``[N]``."""
        return self.samples.ids

    @property
    def labels(self) -> IntArray:
        """Return the class that each candidate was made for, ``[N]``: the largest of a soft label."""
        return self.samples.labels

    def batches(self, size: int = 4096) -> Iterator[Samples]:
        """Yield the samples in order, `size` at a time; those on disk are read batch by batch."""
        return self.samples.batches(size)

    def native(self) -> tuple[SampleSpec, Samples]:
        """Return the candidates at the resolution in which they were made, and their spec."""
        if self.native_samples is None or self.native_spec is None:
            return self.spec, self.samples
        return self.native_spec, self.native_samples

    def sources_of(self, row: int) -> tuple[str, ...]:
        """Return the ids of the training samples that a candidate started from."""
        origin: Origin = self.origins[int(self.origin[row])]
        return origin.sources_of(int(self.position[row]))

    def take(self, rows: IntArray | BoolArray) -> "Pool":
        """Return the pool of the given rows (indices or a mask)."""
        return Pool(
            self.spec,
            self.samples.take(rows),
            self.origins,
            self.origin[rows],
            self.position[rows],
            {name: column[rows] for name, column in self.scores.items()},
            None if self.native_samples is None else self.native_samples.take(rows),
            self.native_spec,
            self.notes,
            None if self.metadata is None else self.metadata[rows],
        )
