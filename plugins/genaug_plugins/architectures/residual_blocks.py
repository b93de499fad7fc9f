"""Residual blocks with pre-activation, after SNGAN; resampling is merged into adjacent convolutions."""

from typing import Literal

from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from genaug_plugins.architectures.initialise import initialised
from genaug_plugins.architectures.modulation import Modulation, Over
from genaug_plugins.architectures.resampling import DoubledConv2d, HalvedConv2d

GAIN = 2**0.5
"""Gain that compensates for a rectifier (He et al. 2015, arXiv 1502.01852)."""

Upsampling = Literal["nearest", "bilinear"]


class DoublingBlock(nn.Module):
    """Double the size of features, ``[N, F, H, W]`` to ``[N, F', 2H, 2W]``, modulated by a code."""

    def __init__(self, wide: int, narrow: int, code_dim: int, over: Over, upsampling: Upsampling) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.modulation = Modulation(code_dim, wide, over)
        enlarge = (
            DoubledConv2d(wide, narrow) if upsampling == "nearest" else nn.Conv2d(wide, narrow, 3, padding=1)
        )
        self.enlarge = initialised(enlarge, 9 * wide, GAIN)
        self.modulation_within = Modulation(code_dim, narrow, over)
        self.conv = initialised(nn.Conv2d(narrow, narrow, 3, padding=1), 9 * narrow, GAIN)
        self.shortcut = initialised(nn.Conv2d(wide, narrow, 1), wide, 1.0)

    def forward(self, h: Tensor, code: Tensor) -> Tensor:
        """Return features of twice the size."""
        residual = relu(self.modulation(h, code))
        residual = self.enlarge(residual if self.upsampling == "nearest" else self._doubled(residual))
        residual = self.conv(relu(self.modulation_within(residual, code)))
        # 1×1 convolutions and upsampling commute: convolve the smaller image.
        made: Tensor = residual + self._doubled(self.shortcut(h))
        return made

    def _doubled(self, h: Tensor) -> Tensor:
        smooth = None if self.upsampling == "nearest" else False
        return interpolate(h, scale_factor=2, mode=self.upsampling, align_corners=smooth)


class FirstBlock(nn.Module):
    """Halve the size of images: ``[N, C, 2H, 2W]`` to ``[N, F, H, W]``."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv = initialised(nn.Conv2d(channels, width, 3, padding=1), 9 * channels, GAIN)
        self.halve = initialised(HalvedConv2d(width, width), 9 * width, GAIN)
        self.shortcut = initialised(nn.Conv2d(channels, width, 1), channels, 1.0)

    def forward(self, values: Tensor) -> Tensor:
        """Return features of half the size."""
        residual = self.halve(relu(self.conv(values)))
        made: Tensor = residual + self.shortcut(avg_pool2d(values, 2))
        return made


class HalvingBlock(nn.Module):
    """Halve the size of features: ``[N, F, 2H, 2W]`` to ``[N, F', H, W]``."""

    def __init__(self, narrow: int, wide: int) -> None:
        super().__init__()
        self.conv = initialised(nn.Conv2d(narrow, narrow, 3, padding=1), 9 * narrow, GAIN)
        self.halve = initialised(HalvedConv2d(narrow, wide), 9 * narrow, GAIN)
        self.shortcut = initialised(nn.Conv2d(narrow, wide, 1), narrow, 1.0)

    def forward(self, h: Tensor) -> Tensor:
        """Return features of half the size."""
        residual = self.halve(relu(self.conv(relu(h))))
        # 1×1 convolutions and averages commute: convolve the smaller image.
        made: Tensor = residual + self.shortcut(avg_pool2d(h, 2))
        return made


class PlainBlock(nn.Module):
    """Map features ``[N, F, H, W]`` to features of the same shape."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = initialised(nn.Conv2d(width, width, 3, padding=1), 9 * width, GAIN)
        self.conv_within = initialised(nn.Conv2d(width, width, 3, padding=1), 9 * width, GAIN)

    def forward(self, h: Tensor) -> Tensor:
        """Return features of the same size."""
        made: Tensor = h + self.conv_within(relu(self.conv(relu(h))))
        return made
