"""The condition of a network: noise level, class, and what was done to augment a sample."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

FREQUENCIES = 1000.0
"""Highest frequency at which a network sees c_noise in [0, 1]."""


class Condition(nn.Module):
    """The embedding of a class and of an augmentation: E[y] + W·a.

    Args:
        classes: number of classes; label `classes` is no class.
        told: K, columns of the augmentation's condition; 0: none.
        dim: D.
    """

    def __init__(self, classes: int, told: int, dim: int) -> None:
        super().__init__()
        self.classes = nn.Embedding(classes + 1, dim)
        self.told = nn.Linear(told, dim, bias=False) if told else None

    def forward(self, labels: Tensor, told: Tensor) -> Tensor:
        """Return ``[N, D]``.

        Args:
            labels: int64 ``[N]``.
            told: ``[N, K]``.
        """
        embedded: Tensor = self.classes(labels)
        return embedded if self.told is None else embedded + self.told(told)


def waves(noise: Tensor, dim: int) -> Tensor:
    """Return cosines and sines of c_noise ``[N]``, ``[N, dim]``.

    There are dim / 2 frequencies from 1 to `FREQUENCIES`.
    """
    steps = torch.linspace(0, math.log(FREQUENCIES), dim // 2, device=noise.device)
    angles = noise[:, None] * steps.exp()
    return torch.cat([angles.cos(), angles.sin()], dim=1)
