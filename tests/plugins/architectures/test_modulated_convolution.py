"""Modulated convolution: against its definition, the size of what it gives."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d

from genaug_plugins.architectures.modulated_convolution import (
    EPSILON,
    StyledLayer,
    ToImage,
    demodulation,
    modulated_convolution,
)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("side", [1, 3])
@pytest.mark.parametrize("up", [False, True])
def test_equals_a_convolution_by_weights_of_its_own_for_each_sample(side: int, up: bool) -> None:
    x, weight, style = noise(4, 6, 7, 7), noise(5, 6, side, side, seed=1), noise(4, 6, seed=2)
    own = weight[None] * style[:, None, :, None, None]  # [N, O, I, k, k]
    own = own * torch.rsqrt(own.square().sum((2, 3, 4), keepdim=True) + EPSILON)
    made = modulated_convolution(x, weight, style, up=up) * demodulation(weight, style)[:, :, None, None]
    grouped = x.reshape(1, 24, 7, 7)  # one group a sample
    if up:
        expected = conv_transpose2d(
            grouped, own.transpose(1, 2).reshape(24, 5, side, side), stride=2, groups=4
        )
    else:
        expected = conv2d(grouped, own.reshape(20, 6, side, side), padding=side // 2, groups=4)
    torch.testing.assert_close(made, expected.reshape(4, 5, *expected.shape[2:]))


def test_demodulation_gives_a_unit_input_unit_size_whatever_the_style() -> None:
    x, weight = noise(40, 6, 16, 16), 3 * noise(5, 6, 3, 3, seed=1)
    style = noise(40, 6, seed=2).exp() * torch.logspace(-2, 2, 40, dtype=torch.float64)[:, None]
    made = modulated_convolution(x, weight, style) * demodulation(weight, style)[:, :, None, None]
    inside = made[..., 1:-1, 1:-1]  # zeros beyond the border make it smaller there
    assert inside.square().mean() == pytest.approx(1, rel=0.02)
    assert (inside.square().mean((2, 3)) - 1).abs().max() < 0.5


def test_derivatives_are_right() -> None:
    x, weight, style = noise(2, 2, 3, 3), noise(2, 2, 3, 3, seed=1), noise(2, 2, seed=2)

    def made(x: Tensor, weight: Tensor, style: Tensor) -> Tensor:
        h = modulated_convolution(x, weight, style, up=True)
        return h * demodulation(weight, style)[:, :, None, None]

    inputs = tuple(part.requires_grad_() for part in (x, weight, style))
    assert torch.autograd.gradcheck(made, inputs, fast_mode=True)
    assert torch.autograd.gradgradcheck(made, inputs, fast_mode=True)


@pytest.mark.parametrize(("up", "given"), [(False, 8), (True, 4)])
def test_a_layer_gives_its_size(up: bool, given: int) -> None:
    layer = StyledLayer(6, 5, 8, 3, noise=True, up=up)
    assert layer(noise(2, 6, given, given).float(), noise(2, 3).float()).shape == (2, 5, 8, 8)


@torch.no_grad()
def test_an_image_starts_with_the_size_asked_for() -> None:
    torch.manual_seed(0)
    made = ToImage(64, 3, 4, gain=0.5)(torch.randn(20, 64, 8, 8), torch.zeros(20, 4))
    assert made.std() == pytest.approx(0.5, rel=0.2)
