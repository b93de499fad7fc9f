"""The best weights of a training, by a measurement."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from genaug.errors import PluginFailed
from genaug.training.state import network_state, restore_network


@dataclass(frozen=True)
class Evaluation:
    """A measurement of a network during its training.

    Attributes:
        measure: ``(network) -> values by name``, the same names each time; draws nothing from
            torch's global random generator.
        by: name of the value to choose by; the lowest is best.
        every: minimum number of steps between two measurements.
    """

    measure: Callable[[nn.Module], dict[str, float]]
    by: str
    every: int


class BestCheckpoint:
    """The weights with the best measurement so far.

    Args:
        evaluation: the measurement.
        network: the network to measure, e.g. the averaged one.
    """

    def __init__(self, evaluation: Evaluation, network: nn.Module) -> None:
        self._evaluation = evaluation
        self.network = copy.deepcopy(network)
        """The network with the best weights."""
        self.step = 0
        """The step of the best weights."""
        self.values: dict[str, float] = {}
        """The last measurement."""
        self._best = float("inf")
        self._measured_at = 0

    def consider(self, network: nn.Module, step: int, last: bool) -> None:
        """Measure the network if that is due, or at the first or `last` logged step; keep the best weights.

        Raises:
            PluginFailed: if the value to choose by is NaN.
        """
        if self.values and step - self._measured_at < self._evaluation.every and not last:
            return
        self._measured_at = step
        self.values = self._evaluation.measure(network)
        value = self.values[self._evaluation.by]
        if math.isnan(value):
            raise PluginFailed(
                f"{self._evaluation.by} is NaN at step {step}: the best weights cannot be chosen"
            )
        if value < self._best:
            self._best, self.step = value, step
            with torch.no_grad():
                self.network.load_state_dict(network.state_dict())

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return everything that changes, as tensors and plain JSON."""
        best = None if self._best == float("inf") else self._best
        return network_state("best", self.network), {
            "best": best,
            "step": self.step,
            "measured_at": self._measured_at,
            "values": self.values,
        }

    def restore(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Go back to a `state`."""
        restore_network("best", self.network, tensors)
        self._best = float("inf") if state["best"] is None else state["best"]
        self.step, self._measured_at = state["step"], state["measured_at"]
        self.values = dict(state["values"])
