"""The diagonal of a classifier's Fisher information: the sensitivity of its output to its weights."""

from collections.abc import Sequence

import torch
from torch import Tensor


def fisher_diagonal(logits: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """Return the diagonal of the Fisher information of a two-class model, averaged over samples.

    With σ the logistic function, P(real | x) = σ(f(x)) has the Fisher information E_y (∂ log P)² =
    σ(f)(1 − σ(f))(∂f/∂φ)² at x, so::

        F_i = E_x σ(f(x)) (1 − σ(f(x))) (∂f(x)/∂φ_i)²

    The expectation over labels is exact; gradients are squared per sample, not after averaging. Each sample
    needs one backward pass. The gradients stored in the parameters are not changed.

    Args:
        logits: f(x) of each sample, ``[N]``, with their graph, which is retained.
        parameters: the φ, each requiring gradients.

    Returns:
        F of each parameter, in its shape; zeros where the logits do not depend on it.
    """
    diagonal = [torch.zeros_like(parameter) for parameter in parameters]
    f = logits.detach()
    # 1 − σ(f) = σ(−f), which does not round to 0 if the model is nearly certain.
    for logit, weight in zip(logits, f.sigmoid() * (-f).sigmoid() / len(f), strict=True):
        gradients = torch.autograd.grad(logit, parameters, retain_graph=True, materialize_grads=True)
        for total, gradient in zip(diagonal, gradients, strict=True):
            total.add_(weight * gradient.square())
    return diagonal
