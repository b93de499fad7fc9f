"""The augmentation pipeline of `ada`."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch, Logits
from genaug_plugins.regularizers.image_operations import (
    colour_matrix,
    colours_mixed,
    flipped,
    inverse_warp,
    shifted,
    turned,
    warped,
)
from genaug_plugins.regularizers.sign_controller import SignController


class ActiveAda(ActiveRegularizer):
    """Adaptive augmentation in one training.

    Args:
        training: the training that it belongs to.
        categories: the parts of the pipeline to apply: ``blit``, ``geometry``, ``color``.
        controller: of p, the probability of every operation.
        adapts: whether p follows the logits; else it stays as it is.
    """

    def __init__(
        self, training: Training, categories: Collection[str], controller: SignController, *, adapts: bool
    ) -> None:
        self._random = training.random
        self._categories, self._controller, self._adapts = categories, controller, adapts

    @property
    def p(self) -> Tensor:
        """Return the probability of every operation, a scalar on the training's device."""
        return self._controller.p

    def augment(self, batch: Batch) -> Batch:
        """Return the batch with augmented images; labels and condition are unchanged."""
        images = batch.values
        for category, apply in (("blit", self._blit), ("geometry", self._warp), ("color", self._recolour)):
            if category in self._categories:
                images = apply(images)
        return Batch(images, batch.labels, batch.condition)

    def observe(self, logits: Logits) -> None:
        """Move p, where it adapts."""
        if self._adapts:
            self._controller.observe(logits)

    def logs(self) -> dict[str, float]:
        """Return p."""
        return {"p": float(self.p)}

    def state(self) -> dict[str, Any]:
        """Return the state of the controller."""
        return self._controller.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self._controller.restore(state)

    def _blit(self, images: Tensor) -> Tensor:
        count, (height, width) = len(images), images.shape[2:]
        images = flipped(images, self._chosen(count) & (self._uniform(count) < 0.5))
        quarters = (4 * self._uniform(count)).long().clamp_max(3)
        if height != width:
            quarters = quarters - quarters % 2
        images = turned(images, quarters * self._chosen(count))
        down, right = (
            (self._chosen(count) * size * (self._uniform(count) - 0.5) / 4).round().long()
            for size in (height, width)
        )
        return shifted(images, down, right, padding="reflection")

    def _warp(self, images: Tensor) -> Tensor:
        count = len(images)
        once = 1 - (1 - self.p).sqrt()  # for each of two rotations: p is the probability of at least one
        scale = self._lognormal(count, 0.2)
        before = self._chosen(count, once) * self._angle(count)
        stretch = self._lognormal(count, 0.2)
        after = self._chosen(count, once) * self._angle(count)
        moved = torch.stack([self._normal(count) for _ in range(2)], 1) * 0.125 * self._chosen(count)[:, None]
        aspect = images.shape[3] / images.shape[2]
        inverse = inverse_warp(scale, before, stretch, after, moved, aspect)
        return warped(images, inverse.to(images.dtype))

    def _recolour(self, images: Tensor) -> Tensor:
        count = len(images)
        matrix = colour_matrix(
            brightness=self._chosen(count) * 0.2 * self._normal(count),
            contrast=self._lognormal(count, 0.5),
            luma_flip=self._chosen(count) * (self._uniform(count) < 0.5),
            hue=self._chosen(count) * self._angle(count),
            saturation=self._lognormal(count, 1.0),
        )
        return colours_mixed(images, matrix.to(images.dtype))

    def _chosen(self, count: int, probability: Tensor | None = None) -> Tensor:
        """Return which images an operation is applied to, bool ``[N]``."""
        return self._uniform(count) < (self.p if probability is None else probability)

    def _lognormal(self, count: int, sigma: float) -> Tensor:
        """Return 2^N(0, σ²) where the operation is applied, else 1."""
        return torch.exp2(self._chosen(count) * sigma * self._normal(count))

    def _angle(self, count: int) -> Tensor:
        return (2 * self._uniform(count) - 1) * math.pi

    def _uniform(self, count: int) -> Tensor:
        return torch.rand(count, generator=self._random, device=self._random.device)

    def _normal(self, count: int) -> Tensor:
        return torch.randn(count, generator=self._random, device=self._random.device)
