"""A network as a training calls it: in its precision and memory layout, compiled or not."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genaug.training.config import TrainingConfig


class Forward:
    """Call a network as a training's settings say; the network itself stays as it is.

    Args:
        network: on its device already.
        config: says precision, memory layout and whether to compile.
        compiled: compile, where the settings say so.
    """

    def __init__(self, network: nn.Module, config: TrainingConfig, compiled: bool = True) -> None:
        self._device = next(network.parameters()).device.type
        self._low = config.precision == "bfloat16"
        self._channels_last = config.channels_last
        self._call: Callable[..., Any] = torch.compile(network) if config.compile and compiled else network

    def __call__(self, values: Tensor, *others: Tensor) -> Tensor:
        """Return the network's output, in float32.

        Raises:
            TypeError: where it is not a tensor.
        """
        if self._channels_last and values.dim() == 4:
            values = values.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device, torch.bfloat16, enabled=self._low):
            made = self._call(values, *others)
        if not isinstance(made, Tensor):
            raise TypeError(f"the network returned a {type(made).__name__}, not a tensor")
        return made.float()


def in_memory_format(network: nn.Module, config: TrainingConfig) -> nn.Module:
    """Return the network with its weights in the memory layout that the settings ask for."""
    if config.channels_last:
        for parameter in network.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network
