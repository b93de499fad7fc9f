"""Networks of one layer, for checks and tests of an adversarial training."""

import numpy as np
import torch
from torch import Tensor, nn

from genaug.data import SampleSpec


class TinyDiscriminator(nn.Module):
    """A smooth discriminator of values, label and condition: a perceptron with one hidden layer."""

    def __init__(self, spec: SampleSpec, condition_dim: int, random: torch.Generator) -> None:
        super().__init__()
        inputs = int(np.prod(spec.shape)) + spec.classes + condition_dim
        self.classes = spec.classes
        self.hidden = nn.Parameter(torch.randn(inputs, 16, generator=random) / inputs**0.5)
        self.out = nn.Parameter(torch.randn(16, generator=random) / 4)

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        """Return logits ``[N]``."""
        known = one_hot(labels, self.classes)
        seen = torch.cat([values.flatten(1), known, condition], dim=1)
        return torch.tanh(seen @ self.hidden) @ self.out


class TinyGenerator(nn.Module):
    """A generator of samples in [-1, 1] from latents and labels: one layer with tanh."""

    latent_dim = 4

    def __init__(self, spec: SampleSpec, random: torch.Generator) -> None:
        super().__init__()
        inputs = self.latent_dim + spec.classes
        self.shape, self.classes = spec.shape, spec.classes
        self.layer = nn.Parameter(torch.randn(inputs, int(np.prod(spec.shape)), generator=random) / 2)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return values ``[N, *shape]``."""
        seen = torch.cat([latents, one_hot(labels, self.classes)], dim=1)
        return torch.tanh(seen @ self.layer).reshape(-1, *self.shape)


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return ``[N, classes]``; torch's `one_hot` would read the labels, which waits for the device."""
    return (labels[:, None] == torch.arange(classes, device=labels.device)).float()
