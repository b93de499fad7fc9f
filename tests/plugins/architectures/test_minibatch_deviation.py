"""The deviation of a minibatch: by hand, whom it depends on, its derivatives."""

import pytest
import torch
from torch import Tensor

from genaug_plugins.architectures.minibatch_deviation import EPSILON, minibatch_deviation


def features(count: int, seed: int = 0) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 2, 2, generator=random, dtype=torch.float64)


def test_by_hand() -> None:
    h = torch.tensor([[0.0, 5.0], [2.0, 5.0], [4.0, 5.0], [6.0, 5.0]])[:, :, None, None]  # [4, 2, 1, 1]
    deviation = minibatch_deviation(h)
    # Variance of 0, 2, 4, 6 is 5, of 5, 5, 5, 5 is 0; the mean of their roots.
    assert deviation.shape == (4, 1, 1, 1)
    assert deviation.flatten().tolist() == pytest.approx([(5**0.5 + EPSILON**0.5) / 2] * 4)


def test_groups_of_four_are_apart() -> None:
    h = features(8)
    deviation = minibatch_deviation(h)[:, 0, 0, 0]
    for first in (0, 1):
        own = h[first::2]
        expected = (own.var(0, correction=0) + EPSILON).sqrt().mean()
        torch.testing.assert_close(deviation[first::2], expected.expand(4))


def test_the_order_in_a_group_does_not_matter() -> None:
    h = features(8)
    shuffled = h[torch.tensor([6, 1, 0, 7, 2, 5, 4, 3])]  # even ones among even places, odd among odd
    torch.testing.assert_close(minibatch_deviation(h), minibatch_deviation(shuffled))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 9, 10, 14])
def test_every_count_has_groups(count: int) -> None:
    deviation = minibatch_deviation(features(count))
    assert deviation.shape == (count, 1, 2, 2)
    assert torch.isfinite(deviation).all()
    if count > 1:  # nobody is alone
        assert deviation.min() > 0.1


def test_equal_samples_have_a_finite_slope() -> None:
    h = torch.ones(4, 3, 2, 2, requires_grad=True)
    deviation = minibatch_deviation(h)
    (slope,) = torch.autograd.grad(deviation.sum(), h, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), h)
    assert torch.isfinite(slope).all()
    assert torch.isfinite(second).all()


def test_derivatives_are_right() -> None:
    h = features(5).requires_grad_()
    assert torch.autograd.gradcheck(minibatch_deviation, h)
    assert torch.autograd.gradgradcheck(minibatch_deviation, h)


def test_low_precision_around_it_does_not_reach_it() -> None:
    h = features(8).float()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(minibatch_deviation(h), minibatch_deviation(features(8)).float())
