"""The scores of a trained discriminator."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genaug.adversarial.discriminator_pass import Batch
from genaug.data import Samples

BATCH = 256


class Critic:
    """A trained discriminator as a scorer of samples, with the weakest augmentation.

    It is called class by class, in the order of the samples. For a discriminator that compares the samples of
    a batch (`stylegan2`) a logit depends on the other samples.

    Args:
        network: ``(values, labels, condition [N, K]) -> logits [N]``, in evaluation mode.
        clean: ``(values, labels) -> batch``, with the condition of unaugmented samples.
    """

    def __init__(self, network: nn.Module, clean: Callable[[Tensor, Tensor], Batch]) -> None:
        self.network = network
        self._clean = clean

    @torch.no_grad()
    def logits(self, samples: Samples) -> NDArray[np.float64]:
        """Return the logit of each sample, ``[N]``."""
        device = next(self.network.parameters()).device
        found = np.zeros(len(samples))
        for label in np.unique(samples.labels):
            own = np.flatnonzero(samples.labels == label)
            for rows in np.split(own, range(BATCH, len(own), BATCH)):
                values, labels = (
                    torch.from_numpy(part[rows]).to(device) for part in (samples.values, samples.labels)
                )
                seen = self._clean(values, labels)
                logits: Tensor = self.network(seen.values, seen.labels, seen.condition)
                found[rows] = logits.double().cpu().numpy()
        return found
