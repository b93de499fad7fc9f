"""Random changes of training samples, on which the network is conditioned: its samples do not show them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

SHIFT = 0.125
"""Standard deviation of shifts, as a share of the size."""
SCALE = 0.2
"""Standard deviation of log₂ of the scale of images."""
AMPLITUDE = 0.2
"""Standard deviation of log₂ of the amplitude of signals."""


@dataclass(frozen=True)
class Augmentation:
    """Non-leaking augmentation (Karras et al. 2022, arXiv 2206.00364, appendix F.2).

    Each change is made with a probability p, and its parameters are a condition of the network, 0 where
    nothing was changed: the network learns how changed samples look, and is asked for unchanged ones.

    Images: mirrored left to right, upside down, rotated by any angle, scaled, shifted; with their edge pixels
    repeated. Signals: shifted in time, the other end following, scaled in amplitude. Vectors: none.

    Attributes:
        p: probability of each change.
        modality: of the samples.
    """

    p: float
    modality: str

    @property
    def columns(self) -> int:
        """Return K, the number of columns of the condition."""
        if not self.p:
            return 0
        return {"image": 7, "signal": 3}.get(self.modality, 0)

    def __call__(self, values: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return changed values ``[N, *shape]`` and what was changed, ``[N, K]``."""
        if not self.columns:
            return values, values.new_zeros(len(values), 0)
        return self._image(values, random) if self.modality == "image" else self._signal(values, random)

    def _image(self, values: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        count, (height, width) = len(values), values.shape[-2:]
        mirrored, upside_down = self._chosen(count, random), self._chosen(count, random)
        angle = self._chosen(count, random) * (
            torch.rand(count, generator=random, device=random.device) - 0.5
        )
        angle = angle * 2 * math.pi
        scale = self._normal(count, random) * SCALE
        down, right = self._normal(count, random) * SHIFT, self._normal(count, random) * SHIFT
        # Places of the new image in the old one, in [−1, 1]: shift, scale, rotation and mirror undone.
        cos, sin, size = angle.cos(), angle.sin(), 2**-scale
        x, y = 1 - 2 * mirrored, 1 - 2 * upside_down
        ratio = height / width
        rows = [
            torch.stack([size * x * cos, size * x * sin * ratio, -2 * right * x], dim=1),
            torch.stack([-size * y * sin / ratio, size * y * cos, -2 * down * y], dim=1),
        ]
        grid = affine_grid(torch.stack(rows, dim=1), list(values.shape), align_corners=False)
        moved = grid_sample(values, grid, padding_mode="border", align_corners=False)
        unchanged = (mirrored + upside_down + angle.abs() + scale.abs() + down.abs() + right.abs()) == 0
        changed = torch.where(unchanged.view(-1, 1, 1, 1), values, moved)
        told = [mirrored, upside_down, cos - 1, sin, scale / SCALE, down / SHIFT, right / SHIFT]
        return changed, torch.stack(told, dim=1)

    def _signal(self, values: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        count, length = len(values), values.shape[-1]
        steps = (self._normal(count, random) * SHIFT * length).round()
        scale = self._normal(count, random) * AMPLITUDE
        places = (torch.arange(length, device=values.device) - steps[:, None]).long() % length
        moved = values.gather(2, places[:, None].expand_as(values))
        angle = steps * (2 * math.pi / length)  # a shift by the whole length is none
        return moved * (2**scale).view(-1, 1, 1), torch.stack(
            [angle.cos() - 1, angle.sin(), scale / AMPLITUDE], dim=1
        )

    def _chosen(self, count: int, random: torch.Generator) -> Tensor:
        """Return 1 with probability p, otherwise 0, ``[count]``."""
        return (torch.rand(count, generator=random, device=random.device) < self.p).float()

    def _normal(self, count: int, random: torch.Generator) -> Tensor:
        """Return standard normal numbers with probability p, otherwise 0, ``[count]``."""
        chosen = self._chosen(count, random)
        return chosen * torch.randn(count, generator=random, device=random.device)
