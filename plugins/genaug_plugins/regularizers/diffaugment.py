"""DiffAugment: the discriminator sees real and fake through the same kind of random changes."""

from typing import ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.discriminator_pass import Batch
from genaug.data import SampleSpec
from genaug_plugins.regularizers.image_operations import across, refuse_all_but_images, shifted

Change = Literal["color", "translation", "cutout"]


class DiffaugmentRegularizer(Regularizer):
    """Show every image, real or fake, recoloured, shifted and with a square cut out (Zhao et al. 2020).

    From the paper's description (Differentiable Augmentation, arXiv 2006.10738); each change is drawn
    anew for each image, and gradients reach the generator through it:

    - ``color``: x + b, b ~ U(−.5, .5) in the units of values in [−1, 1]; then m + u·(x − m) with m the
      mean over channels at each pixel and u ~ U(0, 2) (saturation: nothing where there is one channel);
      then m + u·(x − m) with m the image's mean and u ~ U(.5, 1.5) (contrast).
    - ``translation``: by up to an eighth of height and width, in whole pixels; zeros come in.
    - ``cutout``: a square of half the size, its centre anywhere in the image, becomes zero.

    The discriminator is not told what was changed, and every change is applied to every image: that
    nothing leaks into the generator rests on the paper's experiments, not on a theorem.
    """

    name: ClassVar[str] = "diffaugment"
    shows: ClassVar[Literal["none", "augmented", "conditioned"]] = "augmented"

    policy: tuple[Change, ...] = Field(default=("color", "translation", "cutout"), min_length=1)
    """Which changes, applied in this order; for tiny data sets the paper uses all three."""

    @field_validator("policy")
    @classmethod
    def _once_each(cls, policy: tuple[Change, ...]) -> tuple[Change, ...]:
        if len(set(policy)) < len(policy):
            raise ValueError(f"each change at most once, not {', '.join(policy)}")
        return policy

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are no images."""
        refuse_all_but_images(self.name, spec)

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the view.

        Raises:
            DataError: where samples are no images.
        """
        self.check_usable(training.spec)
        return ActiveDiffaugment(self, training.random)


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
