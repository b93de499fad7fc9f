"""The adversarial losses, each a pair of functions of logits ``[N]``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

LossName = Literal["non-saturating", "hinge", "wasserstein", "least-squares"]


@dataclass(frozen=True)
class Loss:
    """The losses of the two networks.

    Attributes:
        discriminator: ``(real logits, fake logits) -> scalar``.
        generator: ``(fake logits) -> scalar``.
        signed: whether a logit above 0 means real and one below 0 fake, which controllers use.
    """

    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]
    signed: bool = True


def _softplus(logits: Tensor) -> Tensor:
    from torch.nn.functional import softplus

    return softplus(logits)


def _non_saturating(real: Tensor, fake: Tensor) -> Tensor:
    return _softplus(-real).mean() + _softplus(fake).mean()


def _hinge(real: Tensor, fake: Tensor) -> Tensor:
    return (1 - real).relu().mean() + (1 + fake).relu().mean()


def _wasserstein(real: Tensor, fake: Tensor) -> Tensor:
    return fake.mean() - real.mean()


def _least_squares(real: Tensor, fake: Tensor) -> Tensor:
    return ((real - 1).square().mean() + (fake + 1).square().mean()) / 2


LOSSES: dict[LossName, Loss] = {
    "non-saturating": Loss(_non_saturating, lambda fake: _softplus(-fake).mean()),
    "hinge": Loss(_hinge, lambda fake: -fake.mean()),
    "wasserstein": Loss(_wasserstein, lambda fake: -fake.mean(), signed=False),
    "least-squares": Loss(_least_squares, lambda fake: (fake - 1).square().mean() / 2),
}
"""The losses by name, of the discriminator; of the generator; f are logits of real x and fake x̃.

- ``non-saturating``: E softplus(−f(x)) + E softplus(f(x̃)); E softplus(−f(x̃)) (Goodfellow et al.
  2014, arXiv 1406.2661).
- ``hinge``: E max(0, 1 − f(x)) + E max(0, 1 + f(x̃)); −E f(x̃) (Lim & Ye 2017, arXiv 1705.02894).
- ``wasserstein``: E f(x̃) − E f(x); −E f(x̃) (Arjovsky et al. 2017, arXiv 1701.07875). It needs a
  bound on the discriminator's gradient, e.g. a gradient penalty.
- ``least-squares``: ½E (f(x) − 1)² + ½E (f(x̃) + 1)²; ½E (f(x̃) − 1)² (Mao et al. 2017, arXiv
  1611.04076), with the targets −1 and 1, so that f is negative for fake and positive for real samples.
"""
