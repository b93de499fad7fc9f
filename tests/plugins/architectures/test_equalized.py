"""Equalized layers: the size of what they give, and how fast they learn."""

import pytest
import torch

from genaug_plugins.architectures.equalized import EqualizedConv, EqualizedLinear


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@torch.no_grad()
@pytest.mark.parametrize("rate", [1.0, 0.01])
def test_a_fresh_linear_layer_scales_a_signal_by_its_gain(rate: float) -> None:
    layer = EqualizedLinear(64, 400, gain=1.5, rate=rate)
    assert layer(torch.randn(200, 64)).std() == pytest.approx(1.5, rel=0.05)


@torch.no_grad()
def test_a_fresh_convolution_scales_a_signal_by_its_gain() -> None:
    layer = EqualizedConv(16, 64, 3, padding=0, gain=0.5)
    made = layer(torch.randn(50, 16, 8, 8))
    assert made.shape == (50, 64, 6, 6)
    assert made.std() == pytest.approx(0.5, rel=0.05)


@torch.no_grad()
def test_a_bias_starts_as_asked_at_every_rate() -> None:
    for rate in (1.0, 0.01):
        layer = EqualizedLinear(3, 2, bias=1.0, rate=rate)
        torch.testing.assert_close(layer(torch.zeros(1, 3)), torch.ones(1, 2))


def test_one_step_of_adam_moves_what_a_layer_does_by_its_rate() -> None:
    moved = {}
    for rate in (1.0, 0.01):
        torch.manual_seed(0)
        layer = EqualizedLinear(8, 1, rate=rate)
        x = torch.ones(1, 8)
        before = layer(x).item()
        adam = torch.optim.Adam([layer.weight], lr=0.001)
        layer(x).sum().backward()
        adam.step()
        moved[rate] = before - layer(x).item()
    # Adam moves each of 8 weights by .001, and the layer scales them by r / √8.
    assert moved[1.0] == pytest.approx(8 * 0.001 / 8**0.5, rel=1e-3)
    assert moved[0.01] == pytest.approx(0.01 * moved[1.0], rel=1e-2)


def test_a_convolution_needs_no_bias() -> None:
    assert [name for name, _ in EqualizedConv(1, 1, 1, bias=False).named_parameters()] == ["weight"]
