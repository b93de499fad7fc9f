"""The network of signals: diffusers' UNet1DModel."""

from __future__ import annotations

from typing import Any, cast

import torch
from diffusers import UNet1DModel
from torch import Tensor, nn
from torch.nn.functional import pad

from genaug_plugins.generators.diffusion.conditioning import Condition

SHORTEST = 4
"""Least length at the lowest resolution, where the padding reflects values."""
HEAD = 32
"""Channels of a head of its attention."""


class UNet1d(nn.Module):
    """A UNet1DModel with class and augmentation as further input channels; other lengths are padded.

    Args:
        shape: ``[C, T]``.
        classes: number of classes.
        told: K.
        widths: channels of each resolution, two or more: the first two have the full one, and each lower one
            half of its length.
        blocks: residual blocks of each resolution.
        attention: whether the lowest resolution has self-attention.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        classes: int,
        told: int,
        widths: tuple[int, ...],
        blocks: int,
        attention: bool,
    ) -> None:
        super().__init__()
        plain = len(widths) - 2
        attending = 2 if attention else 1  # the middle has attention in any case
        heads = (width + -width % HEAD for width in widths[-attending:])
        widths = (*widths[:-attending], *heads)
        dim = widths[0]
        self.condition = Condition(classes, told, dim)
        self.network: nn.Module = cast(Any, UNet1DModel)(
            in_channels=shape[0] + dim,
            extra_in_channels=2 * dim,  # the embedded noise level
            out_channels=shape[0],
            block_out_channels=widths,
            down_block_types=(
                "DownBlock1DNoSkip",
                *["DownBlock1D"] * plain,
                "AttnDownBlock1D" if attention else "DownBlock1D",
            ),
            up_block_types=(
                "AttnUpBlock1D" if attention else "UpBlock1D",
                *["UpBlock1D"] * plain,
                "UpBlock1DNoSkip",
            ),
            layers_per_block=blocks,
        )
        self._times = 2 ** len(widths)

    def forward(self, values: Tensor, noise: Tensor, labels: Tensor, told: Tensor) -> Tensor:
        """Return F ``[N, C, T]``; see `genaug_plugins.generators.diffusion.denoiser.Network`."""
        length = values.shape[-1]
        padded = max(length + -length % self._times, SHORTEST * self._times)
        if padded > length:
            values = pad(values, (0, padded - length), mode="replicate")
        condition = self.condition(labels, told)[:, :, None].expand(-1, -1, padded)
        made: Tensor = self.network(torch.cat([values, condition], dim=1), noise, return_dict=False)[0]
        return made[..., :length]
