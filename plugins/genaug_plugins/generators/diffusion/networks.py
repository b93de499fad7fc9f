"""The network of each modality."""

from __future__ import annotations

from torch import nn

from genaug.data import SampleSpec
from genaug_plugins.generators.diffusion.config import DiffusionConfig


def build_network(spec: SampleSpec, config: DiffusionConfig, told: int) -> nn.Module:
    """Return a new network, with weights drawn from torch's global generator.

    Args:
        spec: of the samples: images, signals or vectors.
        config: its size.
        told: K, columns of the condition on the augmentation.
    """
    width, blocks = config.width_of(spec.modality), config.blocks_of(spec.modality)
    if spec.modality == "vector":
        from genaug_plugins.generators.diffusion.residual_mlp import ResidualMlp

        return ResidualMlp(spec.shape[0], spec.classes, told, width, blocks)
    widths = tuple(width * min(2**level, 4) for level in range(config.resolutions))
    if spec.modality == "signal":
        from genaug_plugins.generators.diffusion.unet_1d import UNet1d

        channels, length = spec.shape
        return UNet1d((channels, length), spec.classes, told, widths, blocks, config.attention)
    from genaug_plugins.generators.diffusion.unet_2d import UNet2d

    channels, height, columns = spec.shape
    return UNet2d(
        (channels, height, columns), spec.classes, told, widths, blocks, config.attention, config.patch
    )
