"""Layers whose learning rate does not depend on the size of their weights."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear


class EqualizedLinear(nn.Module):
    """Map ``[N, inputs]`` to ``[N, outputs]``: gain · (r·W·x / √inputs + r·b), initially W ~ N(0, 1 / r²).

    The weights are stored without their scale. The size of Adam's steps does not depend on the scale of the
    gradient, so all layers learn at the same relative speed (equalized learning rate, Karras et al. 2018,
    arXiv 1710.10196).

    Args:
        inputs, outputs: lengths.
        gain: compensates for the following nonlinearity, which reduces the standard deviation of a signal.
            It may precede a homogeneous one, such as a leaky rectifier.
        bias: initial value of r·b.
        rate: r, the layer's learning rate relative to the optimizer's.
    """

    def __init__(
        self, inputs: int, outputs: int, *, gain: float = 1.0, bias: float = 0.0, rate: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self._weight_scale = gain * rate * inputs**-0.5
        self._bias_scale = gain * rate

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[N, outputs]``."""
        return linear(x, self.weight * self._weight_scale, self.bias * self._bias_scale)


class EqualizedConv(nn.Module):
    """Convolve ``[N, inputs, H, W]``: gain · (W∗x / √fan-in + b), initially W ~ N(0, 1).

    Args:
        inputs, outputs: channels.
        side: of the kernel.
        stride: of the convolution.
        padding: zeros on each side; None: the number that keeps the size at stride 1.
        gain: see `EqualizedLinear`.
        bias: whether to add b.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        side: int,
        *,
        stride: int = 1,
        padding: int | None = None,
        gain: float = 1.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, side, side))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self._stride = stride
        self._padding = side // 2 if padding is None else padding
        self._gain = gain
        self._scale = gain * (inputs * side**2) ** -0.5

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[N, outputs, H′, W′]``."""
        bias = None if self.bias is None else self.bias * self._gain
        return conv2d(x, self.weight * self._scale, bias, stride=self._stride, padding=self._padding)
