"""Which samples, labels and latents a step sees."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from genaug.data import Samples

Draw = Literal["balanced", "data"]


RESIDENT = 0.5
"""Data that take up at most this share of a GPU's free memory lie there; larger data stay with the CPU."""


@dataclass(frozen=True)
class Rows:
    """Say which rows of a step's whole batch a pass works on.

    A batch may be split over processes and, to save memory, within one. Randomness is drawn for
    the whole batch everywhere, so that the split changes nothing.

    Attributes:
        start, stop: the rows, ``0 <= start < stop <= total``.
        total: rows of the whole batch.
    """

    start: int
    stop: int
    total: int

    def of(self, whole: Tensor) -> Tensor:
        """Return these rows of ``[total, …]``."""
        return whole[self.start : self.stop]

    def __len__(self) -> int:
        return self.stop - self.start


class BatchSampler:
    """Draw from data that lie on the device as one tensor where they fit, with replacement.

    Real and fake labels follow one law, else the discriminator could tell them apart by the
    frequency of a class alone: ``balanced`` draws every class that has samples equally often and
    then one of its samples, ``data`` draws every sample equally often.

    Args:
        samples: the training samples, at least one.
        law: how classes are drawn.
        batch_size: how many are drawn at a time; may be larger than the data.
        random: where all randomness comes from; its device is where the data lies.
    """

    def __init__(self, samples: Samples, law: Draw, batch_size: int, random: torch.Generator) -> None:
        device = random.device
        values = torch.from_numpy(samples.values)
        self._values = values.to(device) if _fits(values, device) else values
        self._labels = torch.from_numpy(samples.labels).to(device)
        self._batch_size = batch_size
        self._random = random
        labels = self._labels if law == "balanced" else torch.zeros_like(self._labels)
        # Rows sorted by class: class c of those present owns `counts[c]` rows from `starts[c]` on.
        self._rows = torch.argsort(labels, stable=True)
        self._counts = torch.unique_consecutive(labels[self._rows], return_counts=True)[1]
        self._starts = torch.cumsum(self._counts, 0) - self._counts

    def real(self) -> tuple[Tensor, Tensor]:
        """Return values ``[N, *shape]`` and their labels ``[N]``."""
        rows = self._draw()
        values = self._values[rows.to(self._values.device)].to(rows.device)
        return values, self._labels[rows]

    def labels(self) -> Tensor:
        """Return labels ``[N]`` for fakes."""
        return self._labels[self._draw()]

    def latents(self, latent_dim: int) -> Tensor:
        """Return standard normal latents ``[N, Z]``."""
        return torch.randn(self._batch_size, latent_dim, generator=self._random, device=self._random.device)

    def _draw(self) -> Tensor:
        size, device = (self._batch_size,), self._random.device
        group = torch.randint(len(self._counts), size, generator=self._random, device=device)
        share = torch.rand(size, dtype=torch.float64, generator=self._random, device=device)
        return self._rows[self._starts[group] + (share * self._counts[group]).long()]


def _fits(values: Tensor, device: torch.device) -> bool:
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return values.numel() * values.element_size() <= RESIDENT * free
