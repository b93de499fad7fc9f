"""Noise in a generator: random in training only, without effect at first, fixed in evaluation."""

import pytest
import torch
from torch import nn

from genaug_plugins.architectures.noise import Noise


@pytest.fixture
def layer() -> Noise:
    torch.manual_seed(0)
    layer = Noise(16)
    nn.init.constant_(layer.strength, 0.5)
    return layer


def test_starts_without_effect() -> None:
    h = torch.rand(2, 3, 4, 4)
    assert torch.equal(Noise(4)(h), h)


@torch.no_grad()
def test_training_draws_one_map_a_sample_for_all_channels(layer: Noise) -> None:
    h = torch.zeros(50, 3, 16, 16)
    made = layer(h)
    assert made.std().item() == pytest.approx(0.5, rel=0.05)
    assert torch.equal(made[:, 0], made[:, 2])
    assert (made[0] - made[1]).abs().max() > 0.1
    assert (made - layer(h)).abs().max() > 0.1
    torch.manual_seed(5)
    again = layer(h)
    torch.manual_seed(5)
    assert torch.equal(layer(h), again)


@torch.no_grad()
def test_evaluation_draws_nothing_and_keeps_the_size_of_features(layer: Noise) -> None:
    h = torch.zeros(50, 3, 16, 16)
    trained = layer(h)
    layer.eval()
    before = torch.get_rng_state()
    made = layer(h)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(layer(h[:1])[0], made[7])
    assert made.std().item() == pytest.approx(trained.std().item(), rel=0.15)


def test_the_strength_learns(layer: Noise) -> None:
    layer(torch.ones(2, 3, 16, 16)).square().sum().backward()
    assert layer.strength.grad is not None
    assert layer.strength.grad != 0
