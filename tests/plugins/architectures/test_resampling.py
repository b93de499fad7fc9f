"""Merged convolutions against the plain composition, with their gradients."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate

from genaug_plugins.architectures.resampling import DoubledConv2d, HalvedConv2d, with_block


def doubled(layer: nn.Conv2d, h: Tensor) -> Tensor:
    return conv2d(interpolate(h, scale_factor=2), layer.weight, layer.bias, padding=1)


def halved(layer: nn.Conv2d, h: Tensor) -> Tensor:
    return avg_pool2d(conv2d(h, layer.weight, layer.bias, padding=1), 2)


@pytest.mark.parametrize(("merged", "plain"), [(DoubledConv2d, doubled), (HalvedConv2d, halved)])
@pytest.mark.parametrize("size", [(2, 2), (4, 6), (8, 8)])
def test_values_and_gradients_are_those_of_the_plain_composition(
    merged: type[nn.Conv2d], plain: object, size: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    layer = merged(3, 5).double()
    h = torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
    one, other = layer(h), plain(layer, h)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-13)
    weights = torch.randn_like(other)
    inputs = [h, layer.weight, layer.bias]
    for own, expected in zip(
        torch.autograd.grad((one * weights).sum(), inputs),
        torch.autograd.grad((other * weights).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(own, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("merged", [DoubledConv2d, HalvedConv2d])
def test_second_derivatives_are_right(merged: type[nn.Conv2d]) -> None:
    torch.manual_seed(0)
    layer = merged(2, 2).double()
    h = torch.randn(1, 2, 4, 4, dtype=torch.float64, requires_grad=True)

    def cubed(h: Tensor, weight: Tensor) -> Tensor:
        return torch.func.functional_call(layer, {"weight": weight}, (h,)) ** 3

    assert torch.autograd.gradgradcheck(cubed, (h, layer.weight), nondet_tol=1e-12)


def test_a_kernel_with_a_block_of_ones_is_their_full_convolution() -> None:
    kernel = torch.arange(9.0).view(3, 3)
    ones = torch.ones(1, 1, 2, 2)
    assert torch.equal(with_block(kernel), conv2d(kernel[None, None], ones, padding=1)[0, 0])
