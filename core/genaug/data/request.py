"""Requests of strategies to samplers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from genaug.data.samples import BoolArray, Samples
from genaug.data.spec import SampleSpec
from genaug.errors import DataError


@dataclass(frozen=True, eq=False)
class Request:
    """A request: `count` samples of one class.

    Everything except label and count needs a capability of the sampler (see
    `genaug.contracts.capabilities`); the engine refuses the request otherwise.

    Attributes:
        label: number of the class that the sampler is asked for. Without a soft label it is the samples'
            class.
        count: how many samples, at least 1.
        latents: float32 ``[count, Z]``, chosen by the strategy; None: drawn by the sampler.
        prompt: text for the sampler; "" is an empty prompt, None means no prompt.
        sources: ids of training samples to start from. Every sample starts from all of them (usually
            one); where `paired`, sample i starts from source i, or from k sources of its own:
            i·k … i·k + k − 1.
        options: plain JSON, described by the sampler's `options_model`: guidance, strength, temperature …
        mask: for ``inpaint``: bool, True where new values are made and False where those of the source
            are kept: ``[M, H, W]`` of images, ``[M, T]`` of signals, ``[M, D]`` of vectors and tables. M is
            `count`, or 1 for the same mask for every sample.
        paired: whether each sample has sources of its own; there are then k·`count` sources, usually k = 1.
        source_samples: the training samples of `sources`, in their order; filled in by the engine.
        soft_label: the share of each class in the samples, ``[classes]``, summing to 1; the samples' class is
            the one with the largest share (`label`, where it is one of several). None: they are of class
            `label` alone.
        start: index of the first sample within the strategy's request: the engine splits a large request
            into chunks (`Sampler.chunk_size`).
    """

    label: int
    count: int
    latents: NDArray[np.float32] | None = None
    prompt: str | None = None
    sources: tuple[str, ...] = ()
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    mask: BoolArray | None = None
    paired: bool = False
    source_samples: Samples | None = None
    start: int = 0
    soft_label: tuple[float, ...] | None = None

    @property
    def made_label(self) -> int:
        """Return the number of the class that the samples are of: `label`, or that of the soft label."""
        if self.soft_label is None or self.soft_label[self.label] >= max(self.soft_label):
            return self.label
        return int(np.argmax(self.soft_label))

    def latents_or_normal(self, dim: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return the latents of the request, ``[count, dim]``; standard normal ones where none are given.

        Raises:
            DataError: where the given latents have another shape.
        """
        if self.latents is None:
            return rng.standard_normal((self.count, dim), dtype=np.float32)
        if self.latents.shape != (self.count, dim):
            raise DataError(f"latents must have the shape {(self.count, dim)}, not {self.latents.shape}")
        return self.latents

    def one_source_each(self) -> Samples:
        """Return the training sample that each sample starts from, ``[count]``.

        Raises:
            DataError: where there are several sources for one sample, or none.
        """
        wanted = self.count if self.paired else 1
        if self.source_samples is None or len(self.source_samples) != wanted:
            raise DataError(
                "each sample must start from one training sample, and the request names "
                f"{len(self.sources)}: give one source, or `count` sources and `paired=True`"
            )
        if self.paired:
            return self.source_samples
        return self.source_samples.take(np.zeros(self.count, dtype=np.int64))

    def mask_over(self, spec: SampleSpec) -> BoolArray:
        """Return the mask with an axis for channels, so that it broadcasts with ``[count, *spec.shape]``.

        Raises:
            DataError: where there is no mask.
        """
        if self.mask is None:
            raise DataError("the request has no mask")
        return self.mask[:, None] if spec.modality in ("image", "signal") else self.mask

    def part(self, start: int, stop: int) -> "Request":
        """Return the request for samples `start` (included) to `stop` (excluded) of this one."""
        own = slice(start, stop)
        sources, source_samples = self.sources, self.source_samples
        if self.paired:
            each = len(sources) // self.count
            sources = sources[start * each : stop * each]
            if source_samples is not None:
                source_samples = source_samples.take(np.arange(start * each, stop * each))
        mask = self.mask
        if mask is not None and len(mask) > 1:
            mask = mask[own]
        return replace(
            self,
            count=stop - start,
            latents=None if self.latents is None else self.latents[own],
            sources=sources,
            mask=mask,
            source_samples=source_samples,
            start=self.start + start,
        )
