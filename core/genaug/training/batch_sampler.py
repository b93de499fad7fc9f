"""Random samples, labels and noise of a training step."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from genaug.data import Samples
from genaug.training.config import ClassSampling
from genaug.training.rows import Rows

RESIDENT = 0.5
"""Maximum share of a GPU's free memory for the data; larger data are kept on the CPU."""


class BatchSampler:
    """Sampler of batches with replacement, from data that are kept on the device if they fit.

    Real and generated labels have the same distribution; otherwise a discriminator could distinguish them by
    the frequency of a class. ``balanced`` draws each class that has samples equally often and then one of its
    samples, ``data`` draws each sample equally often.

    Everything is drawn for the entire batch by every process, and again from the same random state for every
    part, which then uses its rows. So the split of a batch does not change the samples.

    Args:
        samples: the training samples, one or more.
        law: how classes are drawn.
        batch_size: N, samples of a batch; may be larger than the data.
        random: source of all randomness; its device is that of the batches.
        parts: the rows of each part that this process computes sequentially; None: one part with all.
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
        self._values = torch.from_numpy(samples.values)
        if device.type != "cuda" or self._values.nbytes <= RESIDENT * torch.cuda.mem_get_info(device)[0]:
            self._values = self._values.to(device)
        self._labels = torch.from_numpy(samples.labels).to(device)
        self._batch_size = batch_size
        self._random = random
        self._parts = parts or [Rows(0, batch_size, batch_size)]
        labels = self._labels if law == "balanced" else torch.zeros_like(self._labels)
        # Rows sorted by class: the c-th class with samples has `counts[c]` rows from `starts[c]` on.
        self._rows = torch.argsort(labels, stable=True)
        self._counts = torch.unique_consecutive(labels[self._rows], return_counts=True)[1]
        self._starts = torch.cumsum(self._counts, 0) - self._counts

    def parts(self) -> Iterator[tuple[Rows, float]]:
        """Yield each part and its share of this process's rows; every part draws the same batch."""
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
        """Return labels ``[N]`` for samples to be generated."""
        return self._labels[self._draw_rows()]

    def draw_noise(self, dim: int) -> Tensor:
        """Return standard normal noise ``[N, dim]``."""
        return torch.randn(self._batch_size, dim, generator=self._random, device=self._random.device)

    def _draw_rows(self) -> Tensor:
        size, device = (self._batch_size,), self._random.device
        group = torch.randint(len(self._counts), size, generator=self._random, device=device)
        share = torch.rand(size, dtype=torch.float64, generator=self._random, device=device)
        return self._rows[self._starts[group] + (share * self._counts[group]).long()]
