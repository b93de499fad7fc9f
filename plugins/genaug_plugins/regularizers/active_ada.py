"""The augmentation pipeline of `ada`, and its controller."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from genaug_plugins.regularizers.ada import AdaRegularizer


class ActiveAda(ActiveRegularizer):
    """Augment the images of one training.

    Attributes:
        p: probability of every step, a scalar on the training's device.
    """

    def __init__(self, settings: AdaRegularizer, training: Training) -> None:
        self._settings, self._random = settings, training.random
        # As far as one move goes, so that adapt_kimg thousand samples cross [0, 1].
        self._move = training.batch_size * settings.adapt_every / (settings.adapt_kimg * 1000)
        self.p = torch.full((), settings.p or 0.0, dtype=torch.float64, device=self._random.device)
        self._signs = torch.zeros_like(self.p)  # summed since the last move
        self._seen = 0  # steps since the last move

    def augment(self, batch: Batch) -> Batch:
        """Return the batch with augmented images; labels and condition as they are."""
        images = batch.values
        for category, step in (
            ("blit", self._blitted),
            ("geometry", self._warped),
            ("color", self._coloured),
        ):
            if category in self._settings.categories:
                images = step(images)
        return Batch(images, batch.labels, batch.condition)

    def observe(self, logits: Logits) -> None:
        """Move p at every `adapt_every`-th step."""
        if self._settings.p is not None:
            return
        self._signs = self._signs + logits.real.sign().double().mean()
        self._seen += 1
        if self._seen == self._settings.adapt_every:
            direction = (self._signs / self._seen - self._settings.target).sign()
            self.p = (self.p + direction * self._move).clamp(0, self._settings.p_max)
            self._signs, self._seen = torch.zeros_like(self._signs), 0

    def logs(self) -> dict[str, float]:
        """Return p."""
        return {"p": float(self.p)}

    def state(self) -> dict[str, Any]:
        """Return the controller's position and what it saw since its last move."""
        return {"p": float(self.p), "signs": float(self._signs), "seen": self._seen}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self.p, self._signs = torch.full_like(self.p, state["p"]), torch.full_like(self.p, state["signs"])
        self._seen = state["seen"]

    def _blitted(self, images: Tensor) -> Tensor:
        count, (height, width) = len(images), images.shape[2:]
        images = flipped(images, self._now(count) & (self._uniform(count) < 0.5))
        quarters = (4 * self._uniform(count)).long().clamp_max(3)
        if height != width:
            quarters = quarters - quarters % 2
        images = turned(images, quarters * self._now(count))
        down, right = (
            (self._now(count) * size * (self._uniform(count) - 0.5) / 4).round().long()
            for size in (height, width)
        )
        return shifted(images, down, right, padding="reflection")

    def _warped(self, images: Tensor) -> Tensor:
        count = len(images)
        once = 1 - (1 - self.p).sqrt()  # of two rotations, so that p is the probability of any
        scale = self._lognormal(count, 0.2)
        before = self._now(count, once) * self._angle(count)
        stretch = self._lognormal(count, 0.2)
        after = self._now(count, once) * self._angle(count)
        moved = torch.stack([self._normal(count) for _ in range(2)], 1) * 0.125 * self._now(count)[:, None]
        aspect = images.shape[3] / images.shape[2]
        inverse = inverse_warp(scale, before, stretch, after, moved, aspect)
        return warped(images, inverse.to(images.dtype))

    def _coloured(self, images: Tensor) -> Tensor:
        count = len(images)
        matrix = colour_matrix(
            brightness=self._now(count) * 0.2 * self._normal(count),
            contrast=self._lognormal(count, 0.5),
            luma_flip=self._now(count) * (self._uniform(count) < 0.5),
            hue=self._now(count) * self._angle(count),
            saturation=self._lognormal(count, 1.0),
        )
        return colours_mixed(images, matrix.to(images.dtype))

    def _now(self, count: int, probability: Tensor | None = None) -> Tensor:
        """Return for whom a step is taken, bool ``[N]``."""
        return self._uniform(count) < (self.p if probability is None else probability)

    def _lognormal(self, count: int, sigma: float) -> Tensor:
        """Return 2^N(0, σ²) where the step is taken, else 1."""
        return torch.exp2(self._now(count) * sigma * self._normal(count))

    def _angle(self, count: int) -> Tensor:
        return (2 * self._uniform(count) - 1) * math.pi

    def _uniform(self, count: int) -> Tensor:
        return torch.rand(count, generator=self._random, device=self._random.device)

    def _normal(self, count: int) -> Tensor:
        return torch.randn(count, generator=self._random, device=self._random.device)
