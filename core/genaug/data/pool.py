"""Candidates, and where each came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray, IntArray, Samples
from genaug.data.spec import SampleSpec


@dataclass(frozen=True)
class Origin:
    """Say how one request's candidates were made: what the sampler can be asked again with.

    Attributes:
        generator: fingerprint of the fitted generator.
        seed: the seed that the sampler was given for the request.
        prompt: the text asked for, if any.
        sources: ids of the training samples started from, if any.
    """

    generator: str
    seed: int
    prompt: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pool:
    """Hold candidates with the lineage of each.

    Attributes:
        spec: what a sample is, the same as the real data's.
        samples: N candidates, at the precision in which they are stored and exported. Those of a run lie
            on disk: labels and ids are at hand, and ``samples.values`` reads all values at once, so who
            can goes through `batches`.
        origins: the requests that made them.
        request: int64 ``[N]``, which of `origins` made each candidate.
        position: int64 ``[N]``, its place within that request.
        scores: what the sampler says of its own samples, float64 ``[N]`` each.
    """

    spec: SampleSpec
    samples: Samples
    origins: tuple[Origin, ...]
    request: IntArray
    position: IntArray
    scores: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def ids(self) -> NDArray[np.str_]:
        """Return the content hash of each candidate, ``[N]``."""
        return self.samples.ids

    @property
    def labels(self) -> IntArray:
        """Return the class that each candidate was made for, ``[N]``."""
        return self.samples.labels

    def batches(self, size: int = 4096) -> Iterator[Samples]:
        """Yield the samples in order, `size` at a time; those on disk are read as they are asked for."""
        return self.samples.batches(size)

    def take(self, rows: IntArray | BoolArray) -> "Pool":
        """Return the pool of the given rows (indices or a mask)."""
        return Pool(
            self.spec,
            self.samples.take(rows),
            self.origins,
            self.request[rows],
            self.position[rows],
            {name: column[rows] for name, column in self.scores.items()},
        )
