"""Convolutions merged with the resampling before or after them: the same values, fewer multiplications.

Repeating each pixel 2×2 times and then convolving 3×3 is one transposed 4×4 convolution of stride 2, and a
3×3 convolution averaged over 2×2 pixels is one 4×4 convolution of stride 2. Both kernels are the 3×3 kernel
convolved with a 2×2 block of ones. For each pair of channels, a pixel of the larger image needs 4
multiplications instead of 9.
"""

from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, pad


class DoubledConv2d(nn.Conv2d):
    """Repeat each pixel 2×2 times, then convolve 3×3: ``[N, I, H, W]`` to ``[N, O, 2H, 2W]``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        """Return the convolution of the doubled image."""
        # A transposed convolution flips its kernel, and its first axis is that of the inputs.
        kernel = with_block(self.weight.flip(2, 3).transpose(0, 1))
        return conv_transpose2d(h, kernel, self.bias, stride=2, padding=1)


class HalvedConv2d(nn.Conv2d):
    """Convolve 3×3, then average over 2×2 pixels: ``[N, I, 2H, 2W]`` to ``[N, O, H, W]``."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)

    def forward(self, h: Tensor) -> Tensor:
        """Return the halved convolution."""
        return conv2d(h, with_block(self.weight / 4), self.bias, stride=2, padding=1)


def with_block(kernel: Tensor) -> Tensor:
    """Return a kernel ``[…, 3, 3]`` convolved with a 2×2 block of ones: ``[…, 4, 4]``."""
    rows = pad(kernel, (0, 0, 0, 1)) + pad(kernel, (0, 0, 1, 0))  # […, 4, 3]
    return pad(rows, (0, 1)) + pad(rows, (1, 0))
