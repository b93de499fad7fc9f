"""Antialiased halving and doubling of images, with the filter [1, 3, 3, 1] along each axis."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d


class Blur(nn.Module):
    """Filter each channel of ``[N, C, H, W]`` by [1, 3, 3, 1] ⊗ [1, 3, 3, 1] / 64 · gain.

    Args:
        channels: C.
        padding: zeros on each side; 1 at stride 2 halves the size.
        stride: of the filter.
        gain: sum of the filter; 4 after zeros were inserted between the pixels.
    """

    def __init__(self, channels: int, *, padding: int, stride: int = 1, gain: float = 1.0) -> None:
        super().__init__()
        self._padding, self._stride, self._channels = padding, stride, channels
        self.register_buffer("filter", _filter(channels, gain), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[N, C, (H + 2·padding − 4) / stride + 1, …]``."""
        return conv2d(
            x, self.get_buffer("filter"), stride=self._stride, padding=self._padding, groups=self._channels
        )


class Doubling(nn.Module):
    """Double the sides of ``[N, C, H, W]``: zeros between the pixels, then the filter."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self._channels = channels
        self.register_buffer("filter", _filter(channels, 4.0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[N, C, 2H, 2W]``."""
        return conv_transpose2d(x, self.get_buffer("filter"), stride=2, padding=1, groups=self._channels)


def _filter(channels: int, gain: float) -> Tensor:
    row = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8
    return (gain * torch.outer(row, row)).repeat(channels, 1, 1, 1)  # [C, 1, 4, 4]
