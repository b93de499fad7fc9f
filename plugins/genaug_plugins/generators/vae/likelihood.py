"""The likelihood of samples under a decoder: Gaussian for numbers, categorical for choices."""

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from genaug_plugins.generators.vae.layout import Layout

Variance = Literal["optimal", "learned"]

SMALLEST = 1e-3
"""Smallest standard deviation of a number, in the unit in which it is learned."""


class Likelihood(nn.Module):
    """Negative log-likelihood −log p(x | x̂) with a variance that needs no tuning.

    For numbers p is N(x̂, σ²). ``optimal``: σ² is the mean square error of the batch, which maximizes the
    likelihood; that of training samples, measured at the end, is the variance of samples. ``learned``:
    log σ is a parameter (Rybkin, Daniilidis & Levine 2021, arXiv 2006.13202, section 4). For choices p is the
    softmax of the logits.

    Args:
        layout: of the values.
        varies: float32 like one sample's numbers, 0 where a value is the same in all training samples: those
            are left out.
        variance: how σ² is found.
    """

    varies: Tensor
    mean_square: Tensor

    def __init__(self, layout: Layout, varies: Tensor, variance: Variance) -> None:
        super().__init__()
        self.layout = layout
        self._variance = variance
        size = varies.shape if layout.own_variance else torch.Size(())
        self.register_buffer("varies", varies)
        self.register_buffer("mean_square", torch.ones(size))
        self.log_sigma = nn.Parameter(torch.zeros(size)) if variance == "learned" else None

    @property
    def sigma(self) -> Tensor:
        """Return the standard deviation of the numbers, a scalar, or one for each ``[D]``; no gradient."""
        if self.log_sigma is not None:
            return self.log_sigma.detach().exp().clamp_min(SMALLEST)
        return self.mean_square.sqrt().clamp_min(SMALLEST)

    def forward(self, x: Tensor, made: Tensor) -> Tensor:
        """Return −log p(x | x̂), in nats, as a mean over the batch.

        Args:
            x: samples, ``[N, *shape]``.
            made: of the decoder, ``[N, *shape]``.
        """
        loss = self._of_numbers(x, made) if self.varies.numel() else made.new_zeros(())
        for start, stop in self.layout.choices:
            loss = loss + cross_entropy(made[:, start:stop], x[:, start:stop])
        return loss

    def errors(self, x: Tensor, made: Tensor) -> tuple[Tensor, Tensor]:
        """Return the squared errors of the numbers and their weights, 0 or 1, both ``[N, …]``."""
        numbers = self.layout.numbers
        weights = self.varies.expand_as(x if numbers is None else x[:, :numbers])
        if self.layout.present:
            columns = torch.tensor(self.layout.present, device=x.device)
            weights = weights * torch.where(columns < 0, 1.0, x[:, columns.clamp_min(0)])
        if numbers is not None:
            x, made = x[:, :numbers], made[:, :numbers]
        return (x - made).square(), weights

    def totals(self, errors: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the sum of squared errors and their number: of all values, or for each column ``[D]``."""
        over = 0 if self.layout.own_variance else tuple(range(errors.dim()))
        return (weights * errors).sum(over), weights.sum(over)

    def _of_numbers(self, x: Tensor, made: Tensor) -> Tensor:
        errors, weights = self.errors(x, made)
        if self.log_sigma is not None:
            variance = self.log_sigma.exp().clamp_min(SMALLEST).square()
        else:  # at the optimum of σ² the derivative by σ² is 0: a constant has the same gradient
            squares, counts = self.totals(errors.detach(), weights)
            variance = (squares / counts.clamp_min(1.0)).clamp_min(SMALLEST**2)
        nats = 0.5 * weights * (errors / variance + variance.log() + math.log(2 * math.pi))
        return nats.sum() / len(x)
