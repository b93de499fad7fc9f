"""Detection of mode collapse by the diversity of generated samples."""

import torch
from torch import nn

from genaug.data import Samples
from genaug.errors import TrainingDiverged
from genaug.training.distributed import ProcessGroup

PAIRS = 64
"""Pairs of generated samples."""
COLLAPSED = 0.01
"""Diversity relative to real samples below which a generator has collapsed."""
RECOVERABLE = 10.0
"""Minimum of the largest earlier diversity, as a multiple of `COLLAPSED`, for a collapse: the diversity of an
untrained generator is low too."""


class ModeCollapse:
    """Detector of mode collapse, by the mean squared difference of two samples of a class, relative to real.

    Args:
        samples: the real samples. If no class has two different ones, no collapse is detected.
        latent_dim: of the generator.
        device: of the generator.
    """

    def __init__(self, samples: Samples, latent_dim: int, device: torch.device) -> None:
        random = torch.Generator().manual_seed(0)
        labels = torch.from_numpy(samples.labels)
        values = torch.from_numpy(samples.values).flatten(1)
        rows = torch.randint(len(labels), (4 * PAIRS,), generator=random)
        partners = torch.empty_like(rows)  # a random sample of the same class for each row
        for place, row in enumerate(rows):
            same = torch.nonzero(labels == labels[row]).flatten()
            partners[place] = same[torch.randint(len(same), (), generator=random)]
        self._real = float((values[rows] - values[partners]).square().mean())
        self._labels = labels[rows[:PAIRS]].to(device)
        self._latents = torch.randn(2, PAIRS, latent_dim, generator=random).to(device)
        self.largest = 0.0
        """The largest measured diversity, relative to real samples."""

    @torch.no_grad()
    def check(self, generator: nn.Module, step: int, group: ProcessGroup) -> None:
        """Measure the diversity, and raise an error if the generator has collapsed.

        Raises:
            TrainingDiverged: naming the step and the diversity.
        """
        if self._real == 0:
            return
        first, second = (generator(latents, self._labels) for latents in self._latents)
        # The mean over processes, whose batch norms have different statistics, so that all decide alike.
        diversity = float(group.mean((first - second).square().mean())) / self._real
        if diversity < COLLAPSED and self.largest >= RECOVERABLE * COLLAPSED:
            raise TrainingDiverged(
                f"the generator collapsed before step {step}: two samples of one class differ by "
                f"{diversity:.2g} of what real ones do, after {self.largest:.2g} before: lower the learning "
                "rates, or put a gradient penalty on the discriminator"
            )
        self.largest = max(self.largest, diversity)
