"""Losses, averages and draws against what they are defined as."""

import math
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.chain import Chain
from genaug.adversarial.discriminator_pass import DiscriminatorPass
from genaug.adversarial.losses import LOSSES
from genaug.data import Samples, SampleSpec
from genaug.training.batch_sampler import BatchSampler
from genaug.training.ema import EMA
from genaug.training.state import optimizer_state, restore_optimizer


def test_losses_are_those_of_a_classifier_of_real_and_fake() -> None:
    real, fake = torch.tensor([0.3, -2.0]), torch.tensor([1.0, -0.5])
    entropy = nn.functional.binary_cross_entropy_with_logits
    expected = entropy(real, torch.ones(2)) + entropy(fake, torch.zeros(2))
    loss = LOSSES["non-saturating"]
    assert loss.discriminator(real, fake).item() == pytest.approx(expected.item(), rel=1e-6)
    assert loss.generator(fake).item() == pytest.approx(entropy(fake, torch.ones(2)).item(), rel=1e-6)
    assert math.isfinite(loss.generator(torch.tensor([-1e4])).item())


def test_a_weight_counts_half_after_the_half_life() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    average = EMA(network, half_life=5.0)
    nn.init.ones_(network.weight)
    for step in range(1000, 1005):
        average.update(network, step)
    assert average.network.weight.item() == pytest.approx(0.5, rel=1e-5)


def test_the_random_start_is_soon_forgotten() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    average = EMA(network, half_life=1000.0)
    nn.init.ones_(network.weight)
    for step in range(1, 21):
        average.update(network, step)
    assert average.network.weight.item() > 0.99


def test_no_half_life_is_no_averaging() -> None:
    network = nn.BatchNorm1d(2)
    average = EMA(network, half_life=0.0)
    with torch.no_grad():
        network.weight.mul_(3)
    network(torch.randn(4, 2))
    average.update(network, 1)
    for name, value in network.state_dict().items():
        assert torch.equal(average.network.state_dict()[name], value)
    assert not average.network.training
    assert not any(parameter.requires_grad for parameter in average.network.parameters())


def draws(law: str, batch: int = 4000) -> BatchSampler:
    labels = np.array([2] * 1 + [0] * 9, dtype=np.int64)  # class 1 has no samples
    samples = Samples(np.arange(10, dtype=np.float32)[:, None], labels)
    return BatchSampler(samples, law, batch, torch.Generator().manual_seed(0))  # type: ignore[arg-type]


def test_balanced_draws_every_class_that_has_samples_equally_often() -> None:
    drawn = draws("balanced")
    values, labels = drawn.draw()
    assert ((values[:, 0] == 0) == (labels == 2)).all()
    assert np.bincount(labels.numpy()) / 4000 == pytest.approx([0.5, 0, 0.5], abs=0.03)
    assert np.bincount(drawn.draw_labels().numpy()) / 4000 == pytest.approx([0.5, 0, 0.5], abs=0.03)
    within = np.bincount(values[labels == 0, 0].long().numpy())[1:]
    assert within / within.sum() == pytest.approx(np.full(9, 1 / 9), abs=0.03)


def test_data_draws_every_sample_equally_often() -> None:
    drawn = draws("data")
    values, _ = drawn.draw()
    assert np.bincount(values[:, 0].long().numpy()) / 4000 == pytest.approx(np.full(10, 0.1), abs=0.02)
    assert np.bincount(drawn.draw_labels().numpy()) / 4000 == pytest.approx([0.9, 0, 0.1], abs=0.03)


def test_latents_are_standard_normal() -> None:
    latents = draws("data").draw_noise(5)
    assert latents.shape == (4000, 5)
    assert latents.mean().abs() < 0.03
    assert latents.std().item() == pytest.approx(1, abs=0.03)


def test_moments_come_back_in_the_layout_of_their_weights() -> None:
    layer = nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(layer.parameters(), fused=True)
    layer(torch.ones(1, 3, 5, 5)).square().sum().backward()
    adam.step()
    kept = optimizer_state("adam", adam)
    other = torch.optim.Adam(layer.parameters(), fused=True)
    restore_optimizer("adam", other, kept)
    for name in ("exp_avg", "exp_avg_sq"):
        mine, restored = adam.state[layer.weight][name], other.state[layer.weight][name]
        assert restored.stride() == mine.stride() == layer.weight.stride()
        assert torch.equal(mine, restored)


class LazyRegularizer(Regularizer):
    name: ClassVar[str] = "lazy"
    every: int

    def attach(self, training: Training) -> ActiveRegularizer:
        active = ActiveLazy()
        active.every = self.every
        return active


class ActiveLazy(ActiveRegularizer):
    def penalty(self, d: DiscriminatorPass) -> Tensor:
        return d.real_logits.mean()


def test_lazy_updates_that_fall_together_count_once() -> None:
    spec = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a",), value_range=(-1, 1))
    for intervals in ([1], [4], [4, 4], [4, 6], [2, 3, 5], [4, 6, 9, 16]):
        chain = Chain([LazyRegularizer(every=n) for n in intervals], spec, 10, 8, torch.Generator())
        lazy = [n for n in intervals if n > 1]
        due = [step for step in range(720) if any(step % n == 0 for n in lazy)]
        assert chain.lazy_share() == pytest.approx(len(due) / 720)
    chain = Chain([LazyRegularizer(every=n) for n in (997, 991, 983, 977)], spec, 10, 8, torch.Generator())
    assert 0 < chain.lazy_share() < 0.005  # at once, though they all meet after 10¹² steps only
