"""Spectral normalization against exact singular values and torch's own."""

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from genaug_plugins.architectures.spectral import SpectralNorm, normalize_spectrally


def test_after_many_uses_the_largest_singular_value_is_one() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Flatten(), nn.Linear(20, 4))
    normalize_spectrally(network)
    for _ in range(200):
        network(torch.randn(1, 3, 4, 4))
    network.eval()
    for layer in (network[0], network[2]):
        assert torch.linalg.matrix_norm(layer.weight.flatten(1), ord=2).item() - 1 < 1e-4


def test_values_and_gradients_are_those_of_torch() -> None:
    torch.manual_seed(0)
    own, peer = nn.Linear(7, 4).double(), nn.Linear(7, 4).double()
    peer.load_state_dict(own.state_dict())
    normalize_spectrally(own)
    spectral_norm(peer)
    x = torch.randn(3, 7, dtype=torch.float64)
    for _ in range(300):  # torch's begins its iterations with the other vector: both arrive at the same
        one, other = own(x), peer(x)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    one.square().sum().backward()
    other.square().sum().backward()
    gradients = [layer.parametrizations.weight.original.grad for layer in (own, peer)]
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-12)
    torch.testing.assert_close(own.bias.grad, peer.bias.grad, rtol=0, atol=1e-12)


def test_evaluation_changes_nothing_and_training_iterates_once() -> None:
    torch.manual_seed(0)
    norm = SpectralNorm(weight := torch.randn(4, 6))
    before = norm.u
    norm.eval()(weight)
    assert norm.u is before
    norm.train()(weight)
    expected = weight @ nn.functional.normalize(weight.t() @ before, dim=0)
    torch.testing.assert_close(norm.u, nn.functional.normalize(expected, dim=0))


def test_a_graph_survives_later_uses_and_comes_back_from_its_state() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(6, 4)
    normalize_spectrally(layer)
    early = layer(torch.ones(1, 6)).sum()
    layer(torch.ones(1, 6))
    early.backward()
    other = nn.Linear(6, 4)
    normalize_spectrally(other)
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other.eval()(torch.ones(1, 6)), layer.eval()(torch.ones(1, 6)))


def test_the_singular_value_is_exact_under_autocast() -> None:
    torch.manual_seed(0)
    norm = SpectralNorm(weight := torch.randn(8, 8)).eval()
    with torch.autocast("cpu", torch.bfloat16):
        low = norm(weight)
    assert torch.equal(low, norm(weight))
