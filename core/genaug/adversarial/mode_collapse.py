"""How much the samples of one class differ, and whether a generator has collapsed."""

import torch
from torch import Tensor, nn

from genaug.data import Samples
from genaug.errors import TrainingDiverged
from genaug.training.distributed import ProcessGroup

PAIRS = 64
COLLAPSED = 0.01
"""Pairs of samples that differ by less than this share of what real pairs do are nearly the same."""
RECOVERABLE = 10.0
"""A collapse is a fall from at least this many times `COLLAPSED`: a fresh generator has not collapsed."""


class ModeCollapse:
    """Compare the mean squared difference of two samples of one class, generated with real.

    Args:
        samples: the real ones. Without two different ones in any class nothing is ever a collapse.
        latent_dim: of the generator.
        device: where the generator is.
    """

    def __init__(self, samples: Samples, latent_dim: int, device: torch.device) -> None:
        random = torch.Generator().manual_seed(0)
        labels = torch.from_numpy(samples.labels)
        values = torch.from_numpy(samples.values).flatten(1)
        rows = torch.randint(len(labels), (4 * PAIRS,), generator=random)
        # A partner from the same class for each row, itself where it is alone.
        partners = torch.stack([_partner(labels, int(row), random) for row in rows])
        self._real = float((values[rows] - values[partners]).square().mean())
        self._labels = labels[rows[:PAIRS]].to(device)
        self._latents = torch.randn(2, PAIRS, latent_dim, generator=random).to(device)
        self.largest = 0.0
        """The largest diversity that was measured, relative to that of real samples."""

    @torch.no_grad()
    def check(self, generator: nn.Module, step: int, group: ProcessGroup) -> None:
        """Raise where the generator makes one sample a class, and made more before.

        Raises:
            TrainingDiverged: naming the step and the diversity.
        """
        if self._real == 0:
            return
        first, second = (generator(latents, self._labels) for latents in self._latents)
        # One verdict for all processes: the statistics of a batch norm differ between them.
        diversity = float(group.mean((first - second).square().mean())) / self._real
        if diversity < COLLAPSED and self.largest >= RECOVERABLE * COLLAPSED:
            raise TrainingDiverged(
                f"the generator collapsed before step {step}: two samples of one class differ by "
                f"{diversity:.2g} of what real ones do, after {self.largest:.2g} before: lower the learning "
                "rates, or put a gradient penalty on the discriminator"
            )
        self.largest = max(self.largest, diversity)


def _partner(labels: Tensor, row: int, random: torch.Generator) -> Tensor:
    same = torch.nonzero(labels == labels[row]).flatten()
    return same[torch.randint(len(same), (), generator=random)]
