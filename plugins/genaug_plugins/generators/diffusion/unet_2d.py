"""The network of images: diffusers' UNet2DModel."""

from __future__ import annotations

import math
from typing import Any, cast

from diffusers import UNet2DModel
from torch import Tensor, nn
from torch.nn.functional import pad, pixel_shuffle, pixel_unshuffle

from genaug_plugins.generators.diffusion.conditioning import FREQUENCIES, Condition


class UNet2d(nn.Module):
    """A UNet2DModel conditioned on class and augmentation; sizes that cannot be halved are padded.

    Args:
        shape: ``[C, H, W]``.
        classes: number of classes.
        told: K.
        widths: channels of each resolution, from the full one; each lower one has half of its size.
        blocks: residual blocks of each resolution.
        attention: whether the lowest resolution has self-attention.
        patch: side of the squares of pixels that are one place of the UNet, with the pixels as its channels.
    """

    def __init__(
        self,
        shape: tuple[int, int, int],
        classes: int,
        told: int,
        widths: tuple[int, ...],
        blocks: int,
        attention: bool,
        patch: int = 1,
    ) -> None:
        super().__init__()
        plain = len(widths) - 1
        self.condition = Condition(classes, told, 4 * widths[0])
        self.network: nn.Module = cast(Any, UNet2DModel)(
            in_channels=shape[0] * patch**2,
            out_channels=shape[0] * patch**2,
            block_out_channels=widths,
            down_block_types=(*["DownBlock2D"] * plain, "AttnDownBlock2D" if attention else "DownBlock2D"),
            up_block_types=("AttnUpBlock2D" if attention else "UpBlock2D", *["UpBlock2D"] * plain),
            layers_per_block=blocks,
            norm_num_groups=math.gcd(8, *widths),
            attention_head_dim=math.gcd(8, *widths),
            add_attention=attention,
            class_embed_type="identity",
        )
        self._patch = patch
        self._times = patch * 2 ** (len(widths) - 1)

    def forward(self, values: Tensor, noise: Tensor, labels: Tensor, told: Tensor) -> Tensor:
        """Return F ``[N, C, H, W]``; see `genaug_plugins.generators.diffusion.denoiser.Network`."""
        height, width = values.shape[-2:]
        below, right = -height % self._times, -width % self._times
        if below or right:
            values = pad(values, (0, right, 0, below), mode="replicate")
        condition = self.condition(labels, told)
        patches = pixel_unshuffle(values, self._patch)  # [N, C·P², H/P, W/P]
        made = self.network(patches, noise * FREQUENCIES, condition, return_dict=False)[0]
        return pixel_shuffle(made, self._patch)[..., :height, :width]
