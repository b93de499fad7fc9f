"""Requests for samples around the latents of real samples."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug import Context, Sampler
from genaug.data import Request, TrainView
from genaug_plugins.strategies.amounts import AmountsStrategy
from genaug_plugins.strategies.encoded_classes import encoded_classes


class LatentNeighbourhoodStrategy(AmountsStrategy):
    """Request samples at latents around those of real samples: z = z_a + radius·σ·ε, ε ~ N(0, 1).

    σ is the standard deviation of each latent dimension over the class's own latents, so the radius means the
    same in any latent space; over all training samples for a class of one. Each training sample is used as
    often as the others of its class, and named in the lineage.
    """

    name: ClassVar[str] = "latent-neighbourhood"
    needs: ClassVar[frozenset[str]] = frozenset({"class-conditional", "latent", "encode"})

    radius: float = Field(default=0.5, gt=0)
    """Standard deviation of the noise, as a multiple of that of the latents."""

    def requests(
        self, train: TrainView, sampler: Sampler, rng: np.random.Generator, context: Context
    ) -> Iterator[Request]:
        """Yield a request for each class that lacks samples.

        Raises:
            DataError: where a class that lacks samples has none to encode.
        """
        for label, count, ids, latents in encoded_classes(self.amounts(train), train, sampler, context):
            spread = latents.std(axis=0) if len(latents) > 1 else sampler.encode(train.samples).std(axis=0)
            rows = np.resize(rng.permutation(len(ids)), count)
            noise = rng.standard_normal((count, latents.shape[1]))
            made = (latents[rows] + self.radius * spread * noise).astype(np.float32)
            sources = tuple(str(identity) for identity in ids[rows])
            yield Request(label, count, made, sources=sources, paired=True)
