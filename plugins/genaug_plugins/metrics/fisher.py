"""How sharply a classifier's answers hang on its weights: the diagonal of its Fisher information."""

from collections.abc import Sequence

import torch
from torch import Tensor


def fisher_diagonal(logits: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the diagonal of the Fisher information of a two-class model, averaged over samples.

    With σ the logistic function, P(real | x) = σ(f(x)) has the Fisher information E_y (∂ log P)² =
    σ(f)(1 − σ(f))(∂f/∂φ)² at x, so::

        F_i = E_x σ(f(x)) (1 − σ(f(x))) (∂f(x)/∂φ_i)²

    The expectation over labels is exact; no gradient is squared that is already a mean over samples.
    Each sample costs one backward pass. Gradients that parameters hold are left alone.

    Args:
        logits: f(x) of each sample, ``[N]``, with their graph, which stays.
        parameters: the φ, each requiring gradients.

    Returns:
        F of each parameter, in its shape; zeros where the logits do not depend on it.
    """
    diagonal = [torch.zeros_like(parameter) for parameter in parameters]
    f = logits.detach()
    # 1 − σ(f) = σ(−f), which does not round to 0 where the model is all but certain.
    for logit, weight in zip(logits, f.sigmoid() * (-f).sigmoid() / len(f), strict=True):
        gradients = torch.autograd.grad(logit, parameters, retain_graph=True, materialize_grads=True)
        for total, gradient in zip(diagonal, gradients, strict=True):
            total.add_(weight * gradient.square())
    return diagonal
