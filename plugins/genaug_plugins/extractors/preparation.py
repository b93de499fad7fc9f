"""Conversion of images of any size, gray or colour, with or without alpha, to a network's input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Preparation:
    """Converts images ``[B, C, H, W]`` in [-1, 1] to normalized ones ``[B, 3, size, size]``.

    An alpha channel is composited on white; images are resized by an antialiased filter and clipped to [-1,
    1]; gray is repeated into red, green and blue; [-1, 1] → [0, 1]; normalized channel by channel.

    Attributes:
        size: side of the network's input in pixels.
        mean, std: of each of the three channels, in [0, 1].
        filter: of the resizing.
        fit: `squash` changes the aspect ratio; `crop` resizes the shorter side to `size` and keeps
            the centre of the longer one.
        eight_bits: round to 8 bits after resizing, as image libraries do.
    """

    size: int
    mean: Sequence[float]
    std: Sequence[float]
    filter: Literal["bicubic", "bilinear"] = "bicubic"
    fit: Literal["squash", "crop"] = "squash"
    eight_bits: bool = False

    def __call__(self, images: Tensor) -> Tensor:
        """Return the network's input."""
        images = self._resized(flattened(images))
        top, left = (round((side - self.size) / 2) for side in images.shape[2:])
        images = images[:, :, top : top + self.size, left : left + self.size]
        if self.eight_bits:
            images = images.add(1).mul_(127.5).round_().div_(127.5).sub_(1)
        mean, std = (
            torch.tensor(list(v), device=images.device)[:, None, None] for v in (self.mean, self.std)
        )
        # ((x + 1)/2 - mean)/std in one multiplication and one addition, once the images are small.
        return torch.addcmul((0.5 - mean) / std, images, 0.5 / std)

    def record(self, sides: Sequence[int]) -> dict[str, str]:
        """Return the record of the preparation of images with these sides."""
        resize = f"{self.filter}, antialiased"
        if self.fit == "crop" and sides[0] != sides[1]:
            resize += ", shorter side, centre cropped"
        return {
            "size": f"{self.size}x{self.size}",
            "resize": "none" if tuple(sides) == (self.size, self.size) else resize,
            "normalization": f"mean {_listed(self.mean)}, std {_listed(self.std)}",
        }

    def _resized(self, images: Tensor) -> Tensor:
        height, width = images.shape[2:]
        target = (self.size, self.size)
        if self.fit == "crop":
            short = min(height, width)
            target = (self.size * height // short, self.size * width // short)
        if target == (height, width):
            return images.clamp(-1, 1)
        return functional.interpolate(images, target, mode=self.filter, antialias=True).clamp_(-1, 1)


def flattened(images: Tensor) -> Tensor:
    """Return images in [-1, 1] without their alpha channel: ``[B, 1, H, W]`` or ``[B, 3, H, W]``."""
    colours = 1 if images.shape[1] <= 2 else 3
    if images.shape[1] == colours:
        return images
    alpha = images[:, colours:].add(1).div(2)
    return images[:, :colours] * alpha + (1 - alpha)  # white is 1


def _listed(numbers: Sequence[float]) -> str:
    return "/".join(f"{number:g}" for number in numbers)
