"""The input code of a generator: its latent, and its class where there is more than one."""

import torch
from torch import Tensor, nn


def class_embedding(classes: int, dim: int) -> nn.Embedding | None:
    """Return an embedding of the classes ``[classes, dim]``; None for one class, which tells nothing."""
    return nn.Embedding(classes, dim) if classes > 1 else None


def code_dim(classes: int, latent_dim: int) -> int:
    """Return the length of a latent code that is joined with an embedding as long as the latent."""
    return 2 * latent_dim if classes > 1 else latent_dim


def latent_code(latents: Tensor, labels: Tensor, embedding: nn.Embedding | None) -> Tensor:
    """Join latents ``[N, Z]`` with the embedding of their labels ``[N]``, where there is one."""
    return latents if embedding is None else torch.cat([latents, embedding(labels)], dim=1)
