"""A trained discriminator that scores samples."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genaug.adversarial.discriminator_pass import Batch
from genaug.data import Samples

BATCH = 256


class Critic:
    """Scores samples by a discriminator, with its regularizers' augmentations disabled.

    A discriminator that compares the samples of a batch (`stylegan2`) is called class by class, in
    the order of the samples: there a logit depends on the rest of the batch.

    Args:
        network: ``(values, labels, condition [N, K]) -> logits [N]``, in evaluation mode.
        clean: ``(values, labels) -> batch``, the condition of undisturbed samples among it.
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
