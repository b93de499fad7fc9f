"""What a strategy asks of a sampler."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
