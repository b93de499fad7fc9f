"""A network as the training calls it: in its precision, memory layout, and compiled or not."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from genaug.adversarial.config import Schedule


class Forward:
    """Call a network as a schedule says; the network itself stays as it is.

    Args:
        network: on its device already.
        schedule: says precision, memory layout and whether to compile.
        compiled: compile, where the schedule compiles.
    """

    def __init__(self, network: nn.Module, schedule: "Schedule", compiled: bool = True) -> None:
        self._device = next(network.parameters()).device.type
        self._low = schedule.precision == "bfloat16"
        self._channels_last = schedule.channels_last
        self._call: Callable[..., Any] = torch.compile(network) if schedule.compile and compiled else network

    def __call__(self, values: Tensor, *others: Tensor) -> Tensor:
        """Return what the network makes of them, in float32."""
        if self._channels_last and values.dim() == 4:
            values = values.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device, torch.bfloat16, enabled=self._low):
            made: Tensor = self._call(values, *others)
        return made.float()


def laid_out(network: nn.Module, schedule: "Schedule") -> nn.Module:
    """Return the network with its weights in the schedule's memory layout."""
    if schedule.channels_last:
        for parameter in network.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network
