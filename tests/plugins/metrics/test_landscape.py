"""Flatness on losses whose shape is known."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from genaug_plugins.metrics.landscape import Landscape, landscape

RADII = (-1.0, -0.1, 0.0, 0.5)


class Weights(nn.Module):
    """Return its own weights."""

    def __init__(self) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(0)
        self.filters = nn.Parameter(torch.randn(3, 2, 4, generator=random, dtype=torch.float64))
        self.bias = nn.Parameter(torch.randn(5, generator=random, dtype=torch.float64))

    def forward(self) -> Tensor:
        return torch.cat([self.filters.flatten(), self.bias])


def measured(network: nn.Module, loss: Callable[..., Tensor], seed: int = 0) -> Landscape:
    return landscape(network, loss, RADII, 3, torch.Generator().manual_seed(seed))


def test_a_round_bowl_rises_by_half_its_curvature_times_the_filters_size() -> None:
    network, curvature = Weights(), 6.0
    minimum = network().detach()
    found = measured(network, lambda call: curvature / 2 * (call() - minimum).square().sum())
    # Every direction has filters of the weights' norms and no bias: |d|² = |filters|².
    size = float(network.filters.detach().square().sum())
    for rise in found.rises:
        assert rise.tolist() == pytest.approx([curvature / 2 * a**2 * size for a in RADII])
    assert found.profile == pytest.approx(found.rises[0].tolist())


def test_a_slope_rises_on_one_side_as_it_falls_on_the_other() -> None:
    network = Weights()
    slope = torch.linspace(-1, 2, 29, dtype=torch.float64)
    found = landscape(
        network, lambda call: (slope * call()).sum(), (-0.3, 0.3), 2, torch.Generator().manual_seed(1)
    )
    assert found.rises[:, 0].tolist() == pytest.approx((-found.rises[:, 1]).tolist())
    assert not torch.allclose(found.rises[0], found.rises[1])


def test_each_filter_is_moved_by_its_own_size() -> None:
    network = Weights()
    seen: list[Tensor] = []

    def loss(call: Callable[[], Tensor]) -> Tensor:
        seen.append(call())
        return seen[-1].sum()

    measured(network, loss)
    filters = network.filters.detach().flatten(1)
    moved = seen[4][:24].view_as(filters) - filters  # radius 0.5 of the first direction
    ratio = torch.linalg.vector_norm(moved, dim=1) / torch.linalg.vector_norm(filters, dim=1)
    assert ratio.tolist() == pytest.approx([0.5] * 3)
    assert torch.equal(seen[4][24:], network.bias.detach())


def test_the_network_is_left_exactly_as_it_was() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Linear(4, 6)), nn.BatchNorm1d(6), nn.Linear(6, 1)
    ).eval()
    network[2].weight.grad = torch.ones(1, 6)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    x, state = torch.randn(8, 4), torch.get_rng_state()
    found = measured(network, lambda call: call(x).square().mean())
    assert found.rises[:, 2].tolist() == [0, 0, 0]
    assert found.rises[:, 0].abs().min() > 0
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert network[2].weight.grad.tolist() == [[1] * 6]
    assert all(parameter.requires_grad for parameter in network.parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(measured(network, lambda call: call(x).square().mean()).rises, found.rises)
