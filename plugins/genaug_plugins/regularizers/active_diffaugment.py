"""The changes of `diffaugment`, drawn for each image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genaug import ActiveRegularizer
from genaug.adversarial import Batch
from genaug_plugins.regularizers.image_operations import across, shifted

if TYPE_CHECKING:
    from genaug_plugins.regularizers.diffaugment import DiffaugmentRegularizer


class ActiveDiffaugment(ActiveRegularizer):
    """Change the images of one training."""

    def __init__(self, settings: DiffaugmentRegularizer, random: torch.Generator) -> None:
        self._changes = [
            {"color": self._coloured, "translation": self._translated, "cutout": self._cut}[change]
            for change in settings.policy
        ]
        self._random = random

    def augment(self, batch: Batch) -> Batch:
        """Return the batch with changed images; labels and condition as they are."""
        images = batch.values
        for change in self._changes:
            images = change(images)
        return Batch(images, batch.labels, batch.condition)

    def _coloured(self, images: Tensor) -> Tensor:
        brightness, saturation, contrast = (across(self._rand(images), images) for _ in range(3))
        images = recoloured(images, brightness - 0.5, 2 * saturation, contrast + 0.5)
        return images

    def _translated(self, images: Tensor) -> Tensor:
        down, right = (self._within(images, -_eighth(size), _eighth(size)) for size in images.shape[2:])
        return shifted(images, down, right, padding="zeros")

    def _cut(self, images: Tensor) -> Tensor:
        centre_y, centre_x = (self._within(images, 0, size - 1) for size in images.shape[2:])
        return cut_out(images, centre_y, centre_x)

    def _rand(self, images: Tensor) -> Tensor:
        return torch.rand(len(images), generator=self._random, device=self._random.device, dtype=images.dtype)

    def _within(self, images: Tensor, low: int, high: int) -> Tensor:
        """Return integers ``[N]``, uniform on low … high, both included."""
        return torch.randint(
            low, high + 1, (len(images),), generator=self._random, device=self._random.device
        )


def recoloured(images: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Return images ``[N, C, H, W]`` with changed colours, in the order of the arguments.

    Args:
        images: whatever their channels; with one, the saturation changes nothing.
        brightness: added, ``[N, 1, 1, 1]``.
        saturation: factor of the difference to the mean over channels.
        contrast: factor of the difference to the image's mean.
    """
    images = images + brightness
    grey = images.mean(1, keepdim=True)
    images = grey + saturation * (images - grey)
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + contrast * (images - mean)


def cut_out(images: Tensor, centre_y: Tensor, centre_x: Tensor) -> Tensor:
    """Return images with zeros in a rectangle of half their size around a pixel, integers ``[N]``."""
    kept = []
    for size, centre in zip(images.shape[2:], (centre_y, centre_x), strict=True):
        edge = (size + 1) // 2
        start = centre[:, None] - edge // 2
        place = torch.arange(size, device=images.device)
        kept.append((place < start) | (place >= start + edge))
    return images * (kept[0][:, None, :, None] | kept[1][:, None, None, :])


def _eighth(size: int) -> int:
    return (size + 4) // 8  # rounded
