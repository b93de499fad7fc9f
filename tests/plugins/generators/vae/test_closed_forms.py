"""The terms of the loss, and a linear autoencoder, against what is known in closed form."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from genaug.data import Samples, SampleSpec
from genaug.training.config import TrainingConfig
from genaug_plugins.generators.vae.autoencoder import Autoencoder, posterior
from genaug_plugins.generators.vae.divergence import kl_by_dimension, with_free_bits
from genaug_plugins.generators.vae.layout import Layout
from genaug_plugins.generators.vae.likelihood import Likelihood, Variance
from genaug_plugins.generators.vae.training_run import VaeRun

D, Z, NOISE = 5, 2, 0.3


def test_the_divergence_is_that_of_diagonal_gaussians() -> None:
    mean, log_variance = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(0))
    known = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(kl_by_dimension(mean, log_variance), known)
    assert kl_by_dimension(torch.zeros(1, 3), torch.zeros(1, 3)).sum() == 0


def test_free_bits_are_without_cost_and_without_gradient() -> None:
    kl = torch.tensor([[0.1, 1.0, 3.0], [0.3, 2.0, 5.0]], requires_grad=True)
    cost = with_free_bits(kl, 0.5)
    assert cost.item() == pytest.approx(0.5 + 1.5 + 4.0)  # the first carries 0.2 nats, and costs 0.5
    cost.backward()
    assert kl.grad is not None
    assert kl.grad.tolist() == [[0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]
    assert with_free_bits(kl, 0.0).item() == pytest.approx(kl.sum(dim=1).mean().item())


def test_the_optimal_variance_gives_the_gradient_of_the_logarithm_of_the_error() -> None:
    random = torch.Generator().manual_seed(0)
    x, made = torch.randn(2, 8, D, generator=random)
    made.requires_grad_(True)
    likelihood = Likelihood(Layout((D,)), torch.ones(D), "optimal")
    loss = likelihood(x, made)
    error = (x - made).square().mean()
    known = D / 2 * (error.log() + 1 + math.log(2 * math.pi))  # Rybkin et al. 2021, at σ² = the error
    assert loss.item() == pytest.approx(known.item(), rel=1e-6)
    gradients = [torch.autograd.grad(part, made)[0] for part in (loss, known)]
    torch.testing.assert_close(*gradients)


def test_no_variance_is_better_than_the_optimal_one() -> None:
    x, made = torch.randn(2, 64, D, generator=torch.Generator().manual_seed(1))
    optimal = Likelihood(Layout((D,)), torch.ones(D), "optimal")(x, made)
    learned = Likelihood(Layout((D,)), torch.ones(D), "learned")
    assert learned.log_sigma is not None
    losses = []
    for factor in (0.8, 1.0, 1.25):
        with torch.no_grad():
            learned.log_sigma.fill_(0.5 * (x - made).square().mean().log() + math.log(factor))
        losses.append(learned(x, made).item())
    assert losses[1] == pytest.approx(float(optimal), rel=1e-6)
    assert min(losses) == losses[1]


def test_missing_numbers_and_constant_ones_do_not_count() -> None:
    layout = Layout((5,), own_variance=True, numbers=3, choices=((3, 5),), present=(3, -1, -1))
    likelihood = Likelihood(layout, torch.tensor([1.0, 1.0, 0.0]), "optimal")
    x = torch.tensor([[1.0, 2.0, 0.0, 1.0, 0.0], [0.0, 3.0, 0.0, 0.0, 1.0]])  # missing in the second row
    made = torch.zeros(2, 5, requires_grad=True)
    likelihood(x, made).backward()
    assert made.grad is not None
    assert made.grad[1, 0] == 0
    assert (made.grad[:, 2] == 0).all()
    assert (made.grad[:, 1] != 0).all()
    squares, counts = likelihood.totals(*likelihood.errors(x, made))
    assert squares.tolist() == [1.0, 13.0, 0.0]
    assert counts.tolist() == [1.0, 2.0, 0.0]
    choice = likelihood(x, made) - likelihood(x.index_fill(1, torch.tensor([3, 4]), 0.0), made)
    assert choice.item() > 0


class Linear(nn.Module):
    """μ = V (x − m), log σ² constant; or x̂ = W z + m."""

    def __init__(self, inputs: int, outputs: int, constants: int = 0) -> None:
        super().__init__()
        self.map = nn.Linear(inputs, outputs)
        self.constants = nn.Parameter(torch.zeros(constants))

    def forward(self, values: Tensor, labels: Tensor) -> Tensor:
        return torch.cat([self.map(values), self.constants.expand(len(values), -1)], dim=1)


def linear_autoencoder(variance: Variance) -> Autoencoder:
    likelihood = Likelihood(Layout((D,)), torch.ones(D), variance)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return Autoencoder(Linear(D, Z, Z), Linear(Z, D), likelihood)


def plane() -> np.ndarray:
    """Return 400 samples around a plane, with noise."""
    rng = np.random.default_rng(0)
    axes = rng.standard_normal((Z, D))
    noise = NOISE * rng.standard_normal((400, D))
    return (rng.standard_normal((400, Z)) @ axes + noise + [1.0, 0, 0, -2.0, 0]).astype(np.float32)


def best_likelihood(x: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Return the largest mean log-likelihood of probabilistic PCA, its σ², and W (Tipping & Bishop 1999)."""
    values, vectors = np.linalg.eigh(np.cov(x.T.astype(np.float64), bias=True))
    values, vectors = values[::-1], vectors[:, ::-1]
    variance = values[Z:].mean()
    per_axis = np.concatenate([values[:Z], np.full(D - Z, variance)])
    likelihood = -0.5 * (D * np.log(2 * np.pi) + np.log(per_axis).sum() + D)
    return float(likelihood), float(variance), vectors[:, :Z] * np.sqrt(values[:Z] - variance)


def bound(autoencoder: Autoencoder, x: np.ndarray, draws: int = 200) -> float:
    """Return the mean evidence lower bound of samples."""
    values, labels = torch.from_numpy(x), torch.zeros(len(x), dtype=torch.int64)
    random, found = torch.Generator().manual_seed(0), []
    with torch.no_grad():
        mean, log_variance = posterior(autoencoder.encoder(values, labels))
        for _ in range(draws):
            noise = torch.randn(mean.shape, generator=random)
            made = autoencoder.decoder(mean + (0.5 * log_variance).exp() * noise, labels)
            found.append(autoencoder.likelihood(values, made))
        return -float(torch.stack(found).mean() + kl_by_dimension(mean, log_variance).sum(dim=1).mean())


def test_the_bound_is_tight_at_the_optimum_of_probabilistic_pca() -> None:
    """Lucas et al. 2019 (arXiv 1911.02469): the largest bound is the likelihood."""
    x = plane()
    likelihood, variance, w = best_likelihood(x)
    m = w.T @ w + variance * np.eye(Z)  # diagonal: so is the true posterior's covariance, σ² M⁻¹
    autoencoder = linear_autoencoder("learned")
    with torch.no_grad():
        encoder, decoder = autoencoder.encoder, autoencoder.decoder
        assert isinstance(encoder, Linear)
        assert isinstance(decoder, Linear)
        v = np.linalg.solve(m, w.T)
        encoder.map.weight.copy_(torch.from_numpy(v))
        encoder.map.bias.copy_(torch.from_numpy(-v @ x.mean(axis=0)))
        encoder.constants.copy_(torch.from_numpy(np.log(variance / np.diag(m))))
        decoder.map.weight.copy_(torch.from_numpy(w))
        decoder.map.bias.copy_(torch.from_numpy(x.mean(axis=0)))
        assert autoencoder.likelihood.log_sigma is not None
        autoencoder.likelihood.log_sigma.fill_(0.5 * np.log(variance))
    assert bound(autoencoder, x) == pytest.approx(likelihood, abs=0.01)


@pytest.mark.parametrize("variance", ["optimal", "learned"])
def test_training_a_linear_autoencoder_reaches_probabilistic_pca(variance: Variance) -> None:
    x = plane()
    likelihood, noise, w = best_likelihood(x)
    spec = SampleSpec(modality="vector", shape=(D,), class_names=("a",))
    config = TrainingConfig(steps=300, batch_size=200, learning_rate=3e-2, ema_half_life=50)
    run = VaeRun(
        linear_autoencoder(variance),
        Samples(x, np.zeros(len(x), dtype=np.int64)),
        spec,
        config,
        1.0,
        0.0,
        torch.Generator().manual_seed(0),
        lambda made: made,
    )
    for _ in range(config.steps):
        run.advance(measured=False)
    run.measure_variance()
    assert bound(run.network, x) == pytest.approx(likelihood, abs=0.05)
    assert float(run.network.likelihood.sigma) ** 2 == pytest.approx(noise, rel=0.1)
    decoder = run.network.decoder
    assert isinstance(decoder, Linear)
    found = decoder.map.weight.detach().numpy()
    assert np.allclose(found @ found.T, w @ w.T, atol=0.15)  # up to a rotation of the latents
