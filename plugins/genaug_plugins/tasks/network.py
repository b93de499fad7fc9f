"""What the networks that the classification task trains have in common, and the model made of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genaug.contracts import Model
from genaug.data import Samples
from genaug.data.samples import FloatArray


class Network(nn.Module, ABC):
    """Promise logits ``[N, classes]`` of values, and what the last layer reads of them.

    Attributes:
        classes: how many logits.
        features: how many numbers the last layer reads.
        at_once: how many samples are predicted at once.
    """

    classes: int
    features: int
    at_once: int

    @abstractmethod
    def forward(self, values: Tensor) -> Tensor:
        """Return logits ``[N, classes]`` of values ``[N, *shape]``."""

    @abstractmethod
    def represented(self, values: Tensor) -> Tensor:
        """Return what the last layer reads, ``[N, features]``."""


class NetworkModel(Model):
    """Hold a trained network; it is put into its mode of evaluation, where each sample stands alone."""

    def __init__(self, network: Network, device: str) -> None:
        self._network = network.eval()
        self._device = device

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return class probabilities, float64 ``[N, classes]``."""
        logits = self._computed(self._network, samples, self._network.classes)
        return logits.double().softmax(1).numpy()

    def features(self, samples: Samples) -> FloatArray:
        """Return what the last layer reads, float32 ``[N, D]``."""
        return self._computed(self._network.represented, samples, self._network.features).numpy()

    def _computed(self, part: Callable[[Tensor], Tensor], samples: Samples, width: int) -> Tensor:
        """Return float32 ``[N, width]``, on the CPU."""
        found, size = torch.zeros(len(samples), width), self._network.at_once
        with torch.inference_mode():
            for start in range(0, len(samples), size):
                values = torch.from_numpy(samples.values[start : start + size]).to(self._device)
                found[start : start + size] = part(values).cpu()
        return found
