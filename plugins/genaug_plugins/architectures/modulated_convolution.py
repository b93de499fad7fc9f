"""Convolutions whose weights are scaled by the style of each sample, after StyleGAN2."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu

from genaug_plugins.architectures.blur import Blur
from genaug_plugins.architectures.equalized import EqualizedLinear
from genaug_plugins.architectures.initialise import GAIN, SLOPE
from genaug_plugins.architectures.noise import Noise

EPSILON = 1e-8


def modulated_convolution(x: Tensor, weight: Tensor, style: Tensor, *, up: bool = False) -> Tensor:
    """Convolve each sample n with separate weights w′_noik = s_ni · w_oik (eq. 1 of arXiv 1912.04958).

    The style scales the input instead of the weights, which is equivalent and needs only one ordinary
    convolution for the batch.

    Args:
        x: ``[N, I, H, W]``.
        weight: w, ``[O, I, k, k]``, k odd.
        style: s, ``[N, I]``.
        up: insert zeros between the pixels first, which doubles the size.

    Returns:
        ``[N, O, H, W]``, or ``[N, O, 2H + k − 2, …]`` with `up`.
    """
    x = x * style.to(x.dtype)[:, :, None, None]
    if up:
        return conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    return conv2d(x, weight, padding=weight.shape[-1] // 2)


def demodulation(weight: Tensor, style: Tensor) -> Tensor:
    """Return 1 / √(Σ_ik w′_noik² + ε), ``[N, O]``: times that, the output has unit variance (eq. 3)."""
    return torch.rsqrt(style.square() @ weight.square().sum((2, 3)).t() + EPSILON)


class StyledLayer(nn.Module):
    """A modulated convolution, noise, a bias and a leaky rectifier.

    Args:
        inputs, outputs: channels.
        size: side of the output.
        style_dim: length of the intermediate latent, from which styles are computed.
        noise: whether to add noise.
        up: double the size.
    """

    def __init__(
        self, inputs: int, outputs: int, size: int, style_dim: int, *, noise: bool, up: bool = False
    ) -> None:
        super().__init__()
        self.style = EqualizedLinear(style_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.noise = Noise(size) if noise else None
        self.blur = Blur(outputs, padding=1, gain=4.0) if up else None
        self._scale = (9 * inputs) ** -0.5

    def forward(self, h: Tensor, w: Tensor) -> Tensor:
        """Return features ``[N, outputs, size, size]`` of features `h` and latents ``[N, style_dim]``."""
        style = self.style(w)
        weight = self.weight * self._scale
        h = modulated_convolution(h, weight, style, up=self.blur is not None)
        if self.blur is not None:
            h = self.blur(h)
        size = GAIN * demodulation(weight, style)
        h = h * size.to(h.dtype)[:, :, None, None]
        if self.noise is not None:
            h = self.noise(h)
        return leaky_relu(h + self.bias.to(h.dtype)[:, None, None], SLOPE)


class ToImage(nn.Module):
    """Map features ``[N, F, S, S]`` to an image by a modulated 1×1 convolution, not demodulated.

    Args:
        inputs: F.
        channels: of the image.
        style_dim: length of the intermediate latent, from which styles are computed.
        gain: initial standard deviation of the image, for features of standard deviation 1.
    """

    def __init__(self, inputs: int, channels: int, style_dim: int, gain: float) -> None:
        super().__init__()
        self.style = EqualizedLinear(style_dim, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(channels, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        self._scale = gain * inputs**-0.5

    def forward(self, h: Tensor, w: Tensor) -> Tensor:
        """Return ``[N, channels, S, S]``."""
        image = modulated_convolution(h, self.weight * self._scale, self.style(w))
        return image + self.bias.to(image.dtype)[:, None, None]
