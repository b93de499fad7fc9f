"""Which samples, labels and noise a training step uses."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from genaug.data import Samples
from genaug.training.config import ClassSampling
from genaug.training.rows import Rows

RESIDENT = 0.5
"""Data that take up at most this share of a GPU's free memory are kept there; larger data stay on the CPU."""


class BatchSampler:
    """Draw batches with replacement from data that are kept on the device where they fit.

    Real and generated labels follow one law, otherwise a discriminator could distinguish them by the
    frequency of a class alone: ``balanced`` draws every class that has samples equally often and
    then one of its samples, ``data`` draws every sample equally often.

    Everything is drawn for the whole batch, on every process and again from the same state for every
    part; a part then takes its rows. So how a batch is split changes nothing.

    Args:
        samples: the training samples, at least one.
        law: how classes are drawn.
        batch_size: N, how many are drawn at a time; may be larger than the data.
        random: where all randomness comes from; its device is where the batches are.
        parts: the rows that this process computes, one part after another; None: all, at once.
    """

    def __init__(
        self,
        samples: Samples,
        law: ClassSampling,
        batch_size: int,
        random: torch.Generator,
        parts: Sequence[Rows] | None = None,
    ) -> None:
        device = random.device
        values = torch.from_numpy(samples.values)
        self._values = values.to(device) if _fits(values, device) else values
        self._labels = torch.from_numpy(samples.labels).to(device)
        self._batch_size = batch_size
        self._random = random
        self._parts = parts or [Rows(0, batch_size, batch_size)]
        labels = self._labels if law == "balanced" else torch.zeros_like(self._labels)
        # Rows sorted by class: class c of those present owns `counts[c]` rows from `starts[c]` on.
        self._rows = torch.argsort(labels, stable=True)
        self._counts = torch.unique_consecutive(labels[self._rows], return_counts=True)[1]
        self._starts = torch.cumsum(self._counts, 0) - self._counts

    def parts(self) -> Iterator[tuple[Rows, float]]:
        """Yield each part with its share of what this process computes; each part draws the same batch."""
        before = self._random.get_state() if len(self._parts) > 1 else None
        own = sum(len(rows) for rows in self._parts)
        for rows in self._parts:
            if before is not None:
                self._random.set_state(before)
            yield rows, len(rows) / own

    def draw(self) -> tuple[Tensor, Tensor]:
        """Return values ``[N, *shape]`` and their labels ``[N]``."""
        rows = self._draw_rows()
        values = self._values[rows.to(self._values.device)].to(rows.device)
        return values, self._labels[rows]

    def draw_labels(self) -> Tensor:
        """Return labels ``[N]`` alone, for samples to be generated."""
        return self._labels[self._draw_rows()]

    def draw_noise(self, dim: int) -> Tensor:
        """Return standard normal noise ``[N, dim]``."""
        return torch.randn(self._batch_size, dim, generator=self._random, device=self._random.device)

    def _draw_rows(self) -> Tensor:
        size, device = (self._batch_size,), self._random.device
        group = torch.randint(len(self._counts), size, generator=self._random, device=device)
        share = torch.rand(size, dtype=torch.float64, generator=self._random, device=device)
        return self._rows[self._starts[group] + (share * self._counts[group]).long()]


def _fits(values: Tensor, device: torch.device) -> bool:
    if device.type != "cuda":
        return True
    free, _ = torch.cuda.mem_get_info(device)
    return values.numel() * values.element_size() <= RESIDENT * free
