"""The two networks of `resnet`."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from genaug.data import SampleSpec
from genaug_plugins.architectures.initialise import initialised
from genaug_plugins.architectures.latent_code import class_embedding, code_dim, latent_code
from genaug_plugins.architectures.modulation import Modulation
from genaug_plugins.architectures.projection import ProjectionHead
from genaug_plugins.architectures.residual_blocks import DoublingBlock, FirstBlock, HalvingBlock, PlainBlock
from genaug_plugins.architectures.spectral import normalize_spectrally
from genaug_plugins.architectures.square_images import COARSEST

if TYPE_CHECKING:
    from genaug_plugins.architectures.resnet import ResnetArchitecture


class ResnetGenerator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to images ``[N, C, S, S]`` in [−1, 1]."""

    def __init__(self, spec: SampleSpec, architecture: ResnetArchitecture) -> None:
        super().__init__()
        channels, size, _ = spec.shape
        self.latent_dim = architecture.latent_dim
        self.embedding = class_embedding(spec.classes, self.latent_dim)
        coded = code_dim(spec.classes, self.latent_dim)
        # 2 · width at 4×4 up to 32×32, then half as many at each doubling.
        sides = [COARSEST << level for level in range((size // COARSEST).bit_length())]
        widths = [max(2 * architecture.width * 32 // max(side, 32), 1) for side in sides]
        self.start = initialised(nn.Linear(coded, widths[0] * COARSEST**2), coded, 1.0)
        self.blocks = nn.ModuleList(
            DoublingBlock(wide, narrow, coded, architecture.normalization, architecture.upsampling)
            for wide, narrow in pairwise(widths)
        )
        self.modulation = Modulation(coded, widths[-1], architecture.normalization)
        self.last = initialised(nn.Conv2d(widths[-1], channels, 3, padding=1), 9 * widths[-1], 1.0)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return images ``[N, C, S, S]``."""
        code = latent_code(latents, labels, self.embedding)
        h = self.start(code).unflatten(1, (-1, COARSEST, COARSEST))  # [N, F, 4, 4]
        for block in self.blocks:
            h = block(h, code)
        return torch.tanh(self.last(relu(self.modulation(h, code))))


class ResnetDiscriminator(nn.Module):
    """Map images ``[N, C, S, S]``, labels ``[N]`` and a condition ``[N, K]`` to logits ``[N]``."""

    def __init__(self, spec: SampleSpec, architecture: ResnetArchitecture, condition_dim: int) -> None:
        super().__init__()
        channels, size, _ = spec.shape
        # Blocks halve the size down to 8×8, one at least; `width` at up to 16×16, half as many above.
        halved = [size >> level for level in range(1, max((size // 8).bit_length(), 2))]
        widths = [max(architecture.width * 16 // max(side, 16), 1) for side in halved]
        width = widths[-1]
        blocks: list[nn.Module] = [FirstBlock(channels, widths[0])]
        blocks += [HalvingBlock(narrow, wide) for narrow, wide in pairwise(widths)]
        blocks += [PlainBlock(width), PlainBlock(width)]
        self.blocks = nn.ModuleList(blocks)
        self.summed = architecture.spectral_norm
        # Normalized embeddings have length 1 at most: their projection weighs as much as the logit.
        scale = 1.0 if architecture.spectral_norm else None
        self.head = ProjectionHead(width, spec.classes, condition_dim, scale)
        if architecture.spectral_norm:
            normalize_spectrally(self)

    @property
    def stages(self) -> list[nn.Module]:
        """Return the modules in the order in which values pass them."""
        return [*self.blocks, self.head]

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        h = values
        for block in self.blocks:
            h = block(h)
        h = relu(h)
        # Without spectral normalization a sum of so many pixels starts far too large.
        h = h.sum((2, 3)) if self.summed else h.mean((2, 3))  # [N, width]
        logits: Tensor = self.head(h, labels, condition)
        return logits
