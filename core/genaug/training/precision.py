"""The call of a network in the precision and memory layout of a training, compiled or not."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from genaug.training.config import TrainingConfig


class Forward:
    """A callable network with the precision, memory layout and compilation of a training's settings.

    Args:
        network: on its device; it is not changed.
        config: the settings.
        compiled: whether to compile it if the settings say so.
    """

    def __init__(self, network: nn.Module, config: TrainingConfig, compiled: bool = True) -> None:
        self._device = next(network.parameters()).device.type
        self._low = config.precision == "bfloat16"
        self._channels_last = config.channels_last
        self._call: Callable[..., Any] = torch.compile(network) if config.compile and compiled else network

    def __call__(self, values: Tensor, *others: Tensor) -> Tensor:
        """Return the network's output, in float32.

        Raises:
            TypeError: if the output is not a tensor.
        """
        if self._channels_last and values.dim() == 4:
            values = values.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self._device, torch.bfloat16, enabled=self._low):
            made = self._call(values, *others)
        if not isinstance(made, Tensor):
            raise TypeError(f"the network returned a {type(made).__name__}, not a tensor")
        return made.float()


def in_memory_format(network: nn.Module, config: TrainingConfig) -> nn.Module:
    """Change the weights of a network to the memory layout of the settings, and return it."""
    if config.channels_last:
        for parameter in network.parameters():
            if parameter.dim() == 4:
                parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network
