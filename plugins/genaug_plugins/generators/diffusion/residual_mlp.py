"""The network of vectors: an MLP with residual blocks."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import silu

from genaug_plugins.generators.diffusion.conditioning import Condition, waves


class ResidualMlp(nn.Module):
    """An MLP of residual blocks, each modulated by noise level, class and augmentation.

    Args:
        columns: D.
        classes: number of classes.
        told: K.
        width: of the blocks.
        blocks: number of blocks.
    """

    def __init__(self, columns: int, classes: int, told: int, width: int, blocks: int) -> None:
        super().__init__()
        self.width = width + width % 2
        self.condition = Condition(classes, told, self.width)
        self.time = nn.Sequential(
            nn.Linear(self.width, self.width), nn.SiLU(), nn.Linear(self.width, self.width)
        )
        self.into = nn.Linear(columns, self.width)
        self.blocks = nn.ModuleList(_Block(self.width) for _ in range(blocks))
        self.out = nn.Linear(self.width, columns)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, values: Tensor, noise: Tensor, labels: Tensor, told: Tensor) -> Tensor:
        """Return F ``[N, D]``; see `genaug_plugins.generators.diffusion.denoiser.Network`."""
        condition = silu(self.time(waves(noise, self.width)) + self.condition(labels, told))
        hidden = self.into(values)
        for block in self.blocks:
            hidden = block(hidden, condition)
        made: Tensor = self.out(silu(hidden))
        return made


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(width, 2 * width)
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, hidden: Tensor, condition: Tensor) -> Tensor:
        scale, shift = self.modulation(condition).chunk(2, dim=1)
        changed = self.first(self.norm(hidden) * (1 + scale) + shift)
        out: Tensor = hidden + self.second(silu(changed))
        return out
