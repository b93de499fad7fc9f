"""The augmentations of `diffaugment`, drawn for each image."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from genaug import ActiveRegularizer
from genaug.adversarial import Batch
from genaug_plugins.regularizers.image_operations import across, shifted


class ActiveDiffaugment(ActiveRegularizer):
    """Differentiable augmentation in one training.

    Args:
        policy: the augmentations, in their order: ``color``, ``translation``, ``cutout``.
        random: source of all randomness.
    """

    def __init__(self, policy: Sequence[str], random: torch.Generator) -> None:
        operations = {"color": self._recolour, "translation": self._translate, "cutout": self._cut}
        self._operations = [operations[name] for name in policy]
        self._random = random

    def augment(self, batch: Batch) -> Batch:
        """Return the batch with augmented images; labels and condition are unchanged."""
        images = batch.values
        for operation in self._operations:
            images = operation(images)
        return Batch(images, batch.labels, batch.condition)

    def _recolour(self, images: Tensor) -> Tensor:
        random = self._random
        brightness, saturation, contrast = (
            across(
                torch.rand(len(images), generator=random, device=random.device, dtype=images.dtype), images
            )
            for _ in range(3)
        )
        return recoloured(images, brightness - 0.5, 2 * saturation, contrast + 0.5)

    def _translate(self, images: Tensor) -> Tensor:
        most = [(size + 4) // 8 for size in images.shape[2:]]  # an eighth, rounded
        down, right = (self._integers(images, -pixels, pixels) for pixels in most)
        return shifted(images, down, right, padding="zeros")

    def _cut(self, images: Tensor) -> Tensor:
        centre_y, centre_x = (self._integers(images, 0, size - 1) for size in images.shape[2:])
        return cut_out(images, centre_y, centre_x)

    def _integers(self, images: Tensor, low: int, high: int) -> Tensor:
        """Return uniform integers from `low` to `high`, both included, ``[N]``."""
        return torch.randint(
            low, high + 1, (len(images),), generator=self._random, device=self._random.device
        )


def recoloured(images: Tensor, brightness: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Return images ``[N, C, H, W]`` with brightness, saturation and contrast changed in this order.

    Args:
        images: of any number of channels; of one, the saturation changes nothing.
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
