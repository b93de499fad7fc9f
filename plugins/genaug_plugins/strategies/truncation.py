"""Requests for samples at latents near the middle of the prior."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug import Context, Sampler
from genaug.data import Request, TrainView
from genaug_plugins.strategies.amounts import AmountsStrategy


class TruncationStrategy(AmountsStrategy):
    """Request samples at normal latents that are truncated or shrunken: more typical, less varied samples.

    `threshold`: numbers of a latent are normal within [−threshold, threshold] (Brock, Donahue & Simonyan
    2019, arXiv 1809.11096). `psi`: latents are multiplied by psi (Karras, Laine & Aila 2019, arXiv
    1812.04948, where it is the way to the mean of a mapped latent; here to that of the prior, 0).
    """

    name: ClassVar[str] = "truncation"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent"})

    threshold: float | None = Field(default=None, gt=0)
    """Largest absolute value of a latent's numbers; without `psi` the default is 1."""
    psi: float | None = Field(default=None, ge=0, le=1)
    """Factor of the latents; 0: all samples of a class are at the middle of the prior."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.threshold is not None and self.psi is not None:
            raise ValueError("give one of `threshold` (cut the prior's tails) and `psi` (shrink latents)")
        return self

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class that lacks samples."""
        from scipy.special import ndtr, ndtri

        assert sampler.latent_dim is not None  # goes with `latent`
        for label, count in self.amounts(train):
            shape = (count, sampler.latent_dim)
            if self.psi is not None:
                latents = self.psi * rng.standard_normal(shape)
            else:  # by inversion: a share of draws that are rejected would grow as the threshold shrinks
                threshold = self.threshold or 1.0
                tail = ndtr(-threshold)
                latents = ndtri(tail + (1 - 2 * tail) * rng.random(shape)).clip(-threshold, threshold)
            yield Request(label, count, latents.astype(np.float32))
