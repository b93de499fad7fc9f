"""Convolutional encoder and decoder, for signals ``[C, T]`` and images ``[C, H, W]`` of any size."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, silu

from genaug_plugins.generators.vae.class_code import ClassCode
from genaug_plugins.generators.vae.layout import Layout

SHORTEST = 4
"""Shortest side of the coarsest level, where a sample is no smaller."""
WIDEST = 4
"""Maximum number of channels, as a multiple of the width."""
CONVOLUTIONS: dict[int, tuple[type[nn.Module], type[nn.Module]]] = {
    1: (nn.Conv1d, nn.ConvTranspose1d),
    2: (nn.Conv2d, nn.ConvTranspose2d),
}


class Levels:
    """The levels of both networks: each side is halved until half of it would be below `SHORTEST`.

    Args:
        sides: of a sample: ``[T]`` or ``[H, W]``.
        width: channels of the finest level.

    Attributes:
        strides: from the finest level to the coarsest, 1 or 2 for each side.
        widths: channels of the levels, from the finest to the coarsest.
        coarsest: sides of the coarsest level.
        surplus: how many values are appended to each side of a sample before it is halved, and cut off from
            what is made.
    """

    def __init__(self, sides: tuple[int, ...], width: int) -> None:
        halvings = [max((side // SHORTEST).bit_length() - 1, 0) for side in sides]
        steps = range(max(halvings))
        self.strides = [tuple(2 if step < own else 1 for own in halvings) for step in steps]
        self.widths = [min(width * 2**level, WIDEST * width) for level in range(len(steps) + 1)]
        self.coarsest = tuple(-(-side >> own) for side, own in zip(sides, halvings, strict=True))
        full = [side << own for side, own in zip(self.coarsest, halvings, strict=True)]
        self.surplus = [padded - side for padded, side in zip(full, sides, strict=True)]

    @property
    def flat(self) -> int:
        """Return the number of values of the coarsest level."""
        return int(self.widths[-1] * math.prod(self.coarsest))


class ConvEncoder(nn.Module):
    """Map values ``[N, C, …]`` and labels ``[N]`` to mean and log variance of the posterior, ``[N, 2Z]``.

    Args:
        layout: of the values.
        classes: number of classes.
        latent_dim: Z.
        width: channels of the finest level.
    """

    def __init__(self, layout: Layout, classes: int, latent_dim: int, width: int) -> None:
        super().__init__()
        channels, *sides = layout.shape
        self.levels = levels = Levels(tuple(sides), width)
        convolution, _ = CONVOLUTIONS[len(sides)]
        self.code = ClassCode(classes)
        self.first = convolution(channels, width, 3, padding=1)
        self.downs = nn.ModuleList(
            convolution(fine, coarse, tuple(2 + stride for stride in strides), stride=strides, padding=1)
            for (fine, coarse), strides in zip(pairwise(levels.widths), levels.strides, strict=True)
        )
        self.hidden = nn.Linear(levels.flat + self.code.dim, WIDEST * width)
        self.last = nn.Linear(WIDEST * width, 2 * latent_dim)

    def forward(self, values: Tensor, labels: Tensor) -> Tensor:
        """Return mean and log variance."""
        amounts = [amount for surplus in reversed(self.levels.surplus) for amount in (0, surplus)]
        h = silu(self.first(pad(values, amounts, mode="replicate")))
        for down in self.downs:
            h = silu(down(h))
        h = torch.cat([h.flatten(1), self.code(labels)], dim=1)
        made: Tensor = self.last(silu(self.hidden(h)))
        return made


class ConvDecoder(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to values ``[N, C, …]``.

    Args:
        layout: of the values.
        classes: number of classes.
        latent_dim: Z.
        width: channels of the finest level.
    """

    def __init__(self, layout: Layout, classes: int, latent_dim: int, width: int) -> None:
        super().__init__()
        channels, *sides = layout.shape
        self.levels = levels = Levels(tuple(sides), width)
        convolution, transposed = CONVOLUTIONS[len(sides)]
        self.code = ClassCode(classes)
        self.hidden = nn.Linear(latent_dim + self.code.dim, WIDEST * width)
        self.start = nn.Linear(WIDEST * width, levels.flat)
        self.ups = nn.ModuleList(
            transposed(coarse, fine, tuple(2 + stride for stride in strides), stride=strides, padding=1)
            for (fine, coarse), strides in reversed(
                list(zip(pairwise(levels.widths), levels.strides, strict=True))
            )
        )
        self.last = convolution(width, channels, 3, padding=1)
        self._sides, self._bounded = tuple(sides), layout.bounded

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return the values."""
        h = silu(self.hidden(torch.cat([latents, self.code(labels)], dim=1)))
        h = silu(self.start(h)).view(-1, self.levels.widths[-1], *self.levels.coarsest)
        for up in self.ups:
            h = silu(up(h))
        made: Tensor = self.last(h)
        for axis, side in enumerate(self._sides, start=2):
            made = made.narrow(axis, 0, side)
        return made.tanh() if self._bounded else made
