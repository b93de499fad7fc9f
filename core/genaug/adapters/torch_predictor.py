"""A trained torch module as a predictor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from genaug.contracts.model import Predictor
from genaug.data import Samples
from genaug.data.samples import FloatArray

POINTS = 60
"""Maximum number of points of a curve."""


class TorchPredictor(Predictor):
    """A trained module in evaluation mode, as a predictor.

    Args:
        module: maps values ``[N, *shape]`` to outputs ``[N, D]``. An optional method ``represented``
            returns the input of its last layer, ``[N, D]``.
        device: torch device of the module.
        batch_size: samples of a batch.
        shape: of a target; not used for class probabilities.
        probabilities: whether outputs are logits, from which probabilities are predicted.
        losses: of each step of the training.
    """

    def __init__(
        self,
        module: nn.Module,
        device: str,
        batch_size: int,
        shape: tuple[int, ...],
        probabilities: bool,
        losses: Sequence[float] = (),
    ) -> None:
        self._module = module.eval()
        self._device = device
        self._batch_size = batch_size
        self._shape = shape
        self._probabilities = probabilities
        self._losses = losses

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return class probabilities ``[N, classes]`` or targets ``[N, *shape]``, float64."""
        outputs = self._computed(self._module, samples).double()
        if self._probabilities:
            return outputs.softmax(1).numpy()
        return outputs.reshape(len(samples), *self._shape).numpy()

    def features(self, samples: Samples) -> FloatArray | None:
        """Return the input of the last layer, float32 ``[N, D]``; None if the module has no `represented`."""
        represented = getattr(self._module, "represented", None)
        return None if represented is None else self._computed(represented, samples).numpy()

    def curves(self) -> dict[str, FloatArray]:
        """Return the training loss, averaged over at most 60 parts of the training."""
        if not len(self._losses):
            return {}
        parts = np.array_split(np.array(self._losses), min(POINTS, len(self._losses)))
        ends = np.cumsum([len(part) for part in parts])
        return {
            "step": ends.astype(np.float32),
            "training loss": np.array([part.mean() for part in parts], dtype=np.float32),
        }

    def _computed(self, part: Callable[[Tensor], Tensor], samples: Samples) -> Tensor:
        """Return float32 ``[N, D]``, on the CPU."""
        given = samples.values
        if not len(given):  # the width D of the result for no samples is found with one of zeros
            given = np.zeros((1, *given.shape[1:]), dtype=np.float32)
        found = []
        with torch.inference_mode():
            for start in range(0, len(given), self._batch_size):
                values = torch.from_numpy(given[start : start + self._batch_size]).to(self._device)
                found.append(part(values).float().cpu())
        return torch.cat(found)[: len(samples)]
