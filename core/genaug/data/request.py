"""What a strategy asks of a sampler."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.errors import DataError


@dataclass(frozen=True)
class Request:
    """Ask for `count` samples of one class.

    Attributes:
        label: the class wanted.
        count: how many, at least 1.
        latents: ``[count, Z]`` where the strategy chooses them; None: the sampler draws them.
        prompt: text for a sampler that reads one.
        sources: ids of the training samples to start from, for image-to-image samplers.
    """

    label: int
    count: int
    latents: NDArray[np.float32] | None = None
    prompt: str | None = None
    sources: tuple[str, ...] = ()

    def latents_or_normal(self, dim: int, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return the latents asked for, ``[count, dim]``; standard normal ones where none are given.

        Raises:
            DataError: where those asked for have another shape.
        """
        if self.latents is None:
            return rng.standard_normal((self.count, dim), dtype=np.float32)
        if self.latents.shape != (self.count, dim):
            raise DataError(f"latents must have the shape {(self.count, dim)}, not {self.latents.shape}")
        return self.latents
