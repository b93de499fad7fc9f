"""The meaning of the values that the networks of a variational autoencoder read and make."""

import math
from dataclasses import dataclass

BATCH = 256
"""Most samples that are computed at once outside the training."""
VALUES = 2**20
"""Most values of such a batch, which may have fewer samples: networks hold many times as many numbers."""


@dataclass(frozen=True)
class Layout:
    """The layout of what is learned: numbers, and in tables also choices among categories.

    Attributes:
        shape: of one sample as the networks read it: ``[C, H, W]``, ``[C, T]`` or ``[D]``.
        bounded: whether its numbers are in [-1, 1].
        own_variance: whether each number has a variance of its own, not one for all.
        numbers: how many leading columns of ``[D]`` are numbers; None: all values are.
        choices: start and stop of the columns of each choice: one-hot where they are read, logits where they
            are made.
        present: for each number the column that is 1 where its value is known; -1: always known.
    """

    shape: tuple[int, ...]
    bounded: bool = False
    own_variance: bool = False
    numbers: int | None = None
    choices: tuple[tuple[int, int], ...] = ()
    present: tuple[int, ...] = ()

    @property
    def batch(self) -> int:
        """Return how many samples are computed at once outside the training."""
        return max(1, min(BATCH, VALUES // math.prod(self.shape)))
