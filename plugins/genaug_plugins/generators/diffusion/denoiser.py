"""The estimate x̂₀ of the data from a noisy sample, with classifier-free guidance."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from genaug_plugins.generators.diffusion.formulation import Formulation

Network = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""F: ``(values [N, *shape], c_noise [N], labels [N], told [N, K]) -> [N, *shape]``."""


def over(coefficient: Tensor, values: Tensor) -> Tensor:
    """Return a coefficient ``[N]`` in a shape that broadcasts with ``[N, *shape]``."""
    return coefficient.view(-1, *(1,) * (values.dim() - 1))


class Denoiser:
    """The estimate x̂₀ = c_skip·x + c_out·F(c_in·x, c_noise).

    With a guidance w other than 1, x̂₀ = x̂₀(∅) + w·(x̂₀(y) − x̂₀(∅)), where ∅ is no class (Ho & Salimans 2022,
    arXiv 2207.12598, whose w is ours minus 1).

    Args:
        network: F.
        formulation: its coefficients.
        classes: number of classes; this label is ∅.
        told: K, columns of the condition on the augmentation; those of samples are 0.
    """

    def __init__(self, network: Network, formulation: Formulation, classes: int, told: int = 0) -> None:
        self._network, self._formulation = network, formulation
        self._classes, self._told = classes, told

    def __call__(self, x: Tensor, time: float, labels: Tensor, guidance: float = 1.0) -> Tensor:
        """Return x̂₀ ``[N, *shape]``.

        Args:
            x: noisy samples ``[N, *shape]``.
            time: their time t.
            labels: int64 ``[N]``.
            guidance: w ≥ 0; 1: none, 0: no class.
        """
        if guidance == 0:
            return self._estimate(x, time, torch.full_like(labels, self._classes))
        if guidance == 1:
            return self._estimate(x, time, labels)
        nothing = torch.full_like(labels, self._classes)
        both = self._estimate(torch.cat([x, x]), time, torch.cat([labels, nothing]))
        of_class, of_none = both.chunk(2)
        return of_none + guidance * (of_class - of_none)

    def _estimate(self, x: Tensor, time: float, labels: Tensor) -> Tensor:
        f = self._formulation
        t = torch.full((len(x),), time, device=x.device)
        told = x.new_zeros(len(x), self._told)
        made = self._network(over(f.into(t), x) * x, f.noise(t), labels, told)
        return over(f.skip(t), x) * x + over(f.out(t), x) * made
