"""The batches of a step as the discriminator sees them, drawn whole and taken part by part."""

from collections.abc import Iterator

import torch
from torch import Tensor

from genaug.adversarial.chain import Chain
from genaug.adversarial.discriminator_pass import Batch, Rows
from genaug.training.batch_sampler import BatchSampler


class Batches:
    """Draw for a process its parts of each batch.

    Whatever is random is drawn for the whole batch, on every process and anew from the same state
    for every part, and a part then takes its rows: how a batch is split changes nothing.

    Args:
        draws: which samples, labels and latents a batch holds.
        chain: its views are what the discriminator sees through.
        parts: the rows that this process takes, one part behind the other.
        random: where all randomness comes from.
    """

    def __init__(self, draws: BatchSampler, chain: Chain, parts: list[Rows], random: torch.Generator) -> None:
        self._draws, self._chain, self._parts, self._random = draws, chain, parts, random
        self._own = sum(len(rows) for rows in parts)

    def parts(self) -> Iterator[tuple[Rows, float]]:
        """Yield each part, with its share of what this process takes."""
        before = self._random.get_state() if len(self._parts) > 1 else None
        for rows in self._parts:
            if before is not None:
                self._random.set_state(before)
            yield rows, len(rows) / self._own

    def real(self, rows: Rows) -> Batch:
        """Return the part's real samples as they are seen."""
        return self._viewed(*self._draws.real(), rows)

    def labels_and_latents(self, rows: Rows, latent_dim: int) -> tuple[Tensor, Tensor]:
        """Return the labels of the whole batch's fakes, and the latents ``[n, Z]`` of the part's."""
        labels = self._draws.labels()
        return labels, rows.of(self._draws.latents(latent_dim))

    def fake(self, own: Tensor, labels: Tensor, rows: Rows) -> Batch:
        """Return the part's fakes as they are seen.

        Args:
            own: the part's values, ``[n, *shape]``.
            labels: of the whole batch.
            rows: which ones they are; in place of all others zeros go through the views.
        """
        if len(rows) == rows.total:
            return self._viewed(own, labels, rows)
        before, after = (
            own.new_zeros(count, *own.shape[1:]) for count in (rows.start, rows.total - rows.stop)
        )
        return self._viewed(torch.cat([before, own, after]), labels, rows)

    def _viewed(self, values: Tensor, labels: Tensor, rows: Rows) -> Batch:
        seen = self._chain.augment(values, labels)
        if len(rows) == rows.total:
            return seen
        return Batch(rows.of(seen.values), rows.of(seen.labels), rows.of(seen.condition))
