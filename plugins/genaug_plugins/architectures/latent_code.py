"""The input code of a generator: the latent, joined with an embedding of the class."""

import torch
from torch import Tensor, nn


def class_embedding(classes: int, dim: int) -> nn.Embedding | None:
    """Return an embedding of the classes ``[classes, dim]``; None for a single class."""
    return nn.Embedding(classes, dim) if classes > 1 else None


def code_dim(classes: int, latent_dim: int) -> int:
    """Return the length of a latent code; the embedding is as long as the latent."""
    return 2 * latent_dim if classes > 1 else latent_dim


def latent_code(latents: Tensor, labels: Tensor, embedding: nn.Embedding | None) -> Tensor:
    """Return latents ``[N, Z]``, joined with the embedding of their labels ``[N]`` if there is one."""
    return latents if embedding is None else torch.cat([latents, embedding(labels)], dim=1)
