"""Fisher information against what is known of it by formula."""

import math

import pytest
import torch
from torch import nn

from genaug_plugins.metrics.fisher import fisher_diagonal


def test_logistic_regression_has_its_closed_form() -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.randn(50, 4, generator=random, dtype=torch.float64)
    w = torch.randn(4, generator=random, dtype=torch.float64).requires_grad_()
    b = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    of_w, of_b = fisher_diagonal(x @ w + b, [w, b])
    p = torch.sigmoid(x @ w + b).detach()
    # The Hessian of the logistic loss, which is its Fisher information: E p(1 − p) x xᵀ.
    assert torch.allclose(of_w, ((p * (1 - p))[:, None] * x**2).mean(0))
    assert torch.allclose(of_b, (p * (1 - p)).mean())


def test_it_is_the_mean_squared_gradient_over_the_models_own_labels() -> None:
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    x = torch.randn(7, 3, dtype=torch.float64)
    parameters = list(network.parameters())
    measured = fisher_diagonal(network(x).squeeze(1), parameters)
    expected = [torch.zeros_like(p) for p in parameters]
    for sample in x:
        f = network(sample).squeeze()
        for label, chance in ((1.0, f.sigmoid()), (0.0, 1 - f.sigmoid())):
            likelihood = -nn.functional.binary_cross_entropy_with_logits(f, torch.tensor(label).double())
            gradients = torch.autograd.grad(likelihood, parameters, retain_graph=True)
            for total, gradient in zip(expected, gradients, strict=True):
                total += chance.detach() * gradient**2 / len(x)
    for one, other in zip(measured, expected, strict=True):
        assert torch.allclose(one, other)


def test_near_certainty_is_not_rounded_to_certainty() -> None:
    w = torch.ones(1, requires_grad=True)
    for logit in (30.0, -30.0):
        (of_w,) = fisher_diagonal(torch.tensor([logit]) * w, [w])
        assert of_w.item() == pytest.approx(30.0**2 * math.exp(-30), rel=1e-5)


def test_certainty_and_independence_have_none() -> None:
    w, unused = torch.ones(1, requires_grad=True), torch.ones(2, requires_grad=True)
    of_w, of_unused = fisher_diagonal(torch.tensor([200.0, -200.0]) * w, [w, unused])
    assert of_w.item() == pytest.approx(0, abs=1e-30)
    assert of_unused.tolist() == [0, 0]


def test_gradients_are_left_alone() -> None:
    w = torch.ones(2, requires_grad=True)
    w.grad = torch.tensor([3.0, 4.0])
    logits = torch.eye(2) @ w
    fisher_diagonal(logits, [w])
    assert w.grad.tolist() == [3, 4]
    logits.sum().backward()  # the graph is still there
