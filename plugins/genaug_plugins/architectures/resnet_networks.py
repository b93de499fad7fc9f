"""The two networks of `resnet`."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from genaug.data import SampleSpec
from genaug_plugins.architectures.initialise import initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.modulation import Modulation, Over
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.residual_blocks import (
    DoublingBlock,
    FirstBlock,
    HalvingBlock,
    PlainBlock,
    Upsampling,
)
from genaug_plugins.architectures.spectral import normalize_spectrally
from genaug_plugins.architectures.square_images import COARSEST


class ResnetGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to images ``[N, C, S, S]`` in [−1, 1].

    Args:
        spec: of the images.
        latent_dim: Z.
        width: half the channels at up to 32×32 pixels.
        normalization: what features are normalized over.
        upsampling: how sizes are doubled.
    """

    def __init__(
        self, spec: SampleSpec, latent_dim: int, width: int, *, normalization: Over, upsampling: Upsampling
    ) -> None:
        super().__init__()
        channels, size, _ = spec.shape
        self.latent_dim = latent_dim
        self.embedding = class_embedding(spec.classes, latent_dim)
        coded = code_dim(spec.classes, latent_dim)
        # 2 · width at 4×4 up to 32×32, then half as many at each doubling.
        sides = [COARSEST << level for level in range((size // COARSEST).bit_length())]
        widths = [max(2 * width * 32 // max(side, 32), 1) for side in sides]
        self.start = initialised(nn.Linear(coded, widths[0] * COARSEST**2), coded, 1.0)
        self.blocks = nn.ModuleList(
            DoublingBlock(wide, narrow, coded, normalization, upsampling) for wide, narrow in pairwise(widths)
        )
        self.modulation = Modulation(coded, widths[-1], normalization)
        self.last = initialised(nn.Conv2d(widths[-1], channels, 3, padding=1), 9 * widths[-1], 1.0)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return images ``[N, C, S, S]``."""
        code = latent_code(latents, labels, self.embedding)
        h = self.start(code).unflatten(1, (-1, COARSEST, COARSEST))  # [N, F, 4, 4]
        for block in self.blocks:
            h = block(h, code)
        return torch.tanh(self.last(relu(self.modulation(h, code))))


class ResnetDiscriminator(nn.Module):
    """Map images ``[N, C, S, S]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``.

    Args:
        spec: of the images.
        condition_dim: K.
        width: channels at up to 16×16 pixels.
        spectral_norm: whether weights are normalized spectrally.
    """

    def __init__(self, spec: SampleSpec, condition_dim: int, width: int, *, spectral_norm: bool) -> None:
        super().__init__()
        channels, size, _ = spec.shape
        # At least one block halves the size, down to 8×8; `width` at up to 16×16, half as many at each
        # doubling beyond.
        halved = [size >> level for level in range(1, max((size // 8).bit_length(), 2))]
        widths = [max(width * 16 // max(side, 16), 1) for side in halved]
        last = widths[-1]
        blocks: list[nn.Module] = [FirstBlock(channels, widths[0])]
        blocks += [HalvingBlock(narrow, wide) for narrow, wide in pairwise(widths)]
        blocks += [PlainBlock(last), PlainBlock(last)]
        self.blocks = nn.ModuleList(blocks)
        self.summed = spectral_norm
        # Normalized embeddings have a norm of at most 1: their projection has the scale of the logit.
        self.head = ProjectionHead(last, spec.classes, condition_dim, 1.0 if spectral_norm else None)
        if spectral_norm:
            normalize_spectrally(self)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in their order from input to output."""
        return [*self.blocks, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = values
        for block in self.blocks:
            h = block(h)
        h = relu(h)
        # Without spectral normalization the sum over so many pixels would be far too large at first.
        h = h.sum((2, 3)) if self.summed else h.mean((2, 3))  # [N, width]
        logits: Tensor = self.head(h, labels, condition)
        return logits
