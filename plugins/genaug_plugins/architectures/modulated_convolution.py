"""Convolutions whose weights each sample's style scales, after StyleGAN2."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, leaky_relu

from genaug_plugins.architectures.blur import Blur
from genaug_plugins.architectures.equalized import EqualizedLinear
from genaug_plugins.architectures.initialise import GAIN, SLOPE
from genaug_plugins.architectures.noise import Noise

EPSILON = 1e-8


def modulated_convolution(x: Tensor, weight: Tensor, style: Tensor, *, up: bool = False) -> Tensor:
    """Convolve each sample by weights of its own: w′_noik = s_ni · w_oik (eq. 1 of arXiv 1912.04958).

    The style scales the input in place of the weights, which is the same and needs one ordinary
    convolution for the whole batch.

    Args:
        x: ``[N, I, H, W]``.
        weight: w, ``[O, I, k, k]``, k odd.
        style: s, ``[N, I]``.
        up: convolve with zeros between the pixels, for twice the size.

    Returns:
        ``[N, O, H, W]``, or ``[N, O, 2H + k − 2, …]`` where `up`.
    """
    x = x * style.to(x.dtype)[:, :, None, None]
    if up:
        return conv_transpose2d(x, weight.transpose(0, 1), stride=2)
    return conv2d(x, weight, padding=weight.shape[-1] // 2)


def demodulation(weight: Tensor, style: Tensor) -> Tensor:
    """Return 1 / √(Σ_ik w′_noik² + ε), ``[N, O]``: it gives a unit input's convolution unit size (eq. 3)."""
    return torch.rsqrt(style.square() @ weight.square().sum((2, 3)).t() + EPSILON)


class StyledLayer(nn.Module):
    """Convolve as a style says, add noise and a bias, rectify.

    Args:
        inputs, outputs: channels.
        size: side of what it gives.
        style_dim: length of the latent that styles are made of.
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
        style_dim: length of the latent that styles are made of.
        gain: size of the image at first, for features of size 1.
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
