"""DiffAugment: real and fake samples are augmented alike before the discriminator sees them."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.contracts.regularizer import Shows
from genaug.data import SampleSpec
from genaug_plugins.regularizers.images_only import check_images

Change = Literal["color", "translation", "cutout"]


class DiffaugmentRegularizer(Regularizer):
    """Recolour and shift every image, real or fake, and cut a square out of it (Zhao et al. 2020).

    From the paper's description (Differentiable Augmentation, arXiv 2006.10738). Each augmentation
    is drawn for each image separately, and gradients reach the generator through it:

    - ``color``: x + b, b ~ U(−.5, .5) in the units of values in [−1, 1]; then m + u·(x − m) with m the
      mean over channels at each pixel and u ~ U(0, 2) (saturation; one channel stays unchanged);
      then m + u·(x − m) with m the image's mean and u ~ U(.5, 1.5) (contrast).
    - ``translation``: by up to an eighth of height and width, in whole pixels, filled with zeros.
    - ``cutout``: a square of half the size, its centre anywhere in the image, becomes zero.

    The discriminator has no condition that describes the augmentation, and every image is augmented. That the
    generator does not learn to make augmented images is a result of the paper's experiments, not a theorem.
    """

    name: ClassVar[str] = "diffaugment"
    shows: ClassVar[Shows] = "augmented"

    policy: tuple[Change, ...] = Field(default=("color", "translation", "cutout"), min_length=1)
    """Augmentations, applied in this order; for tiny data sets the paper uses all three."""

    @field_validator("policy")
    @classmethod
    def _once_each(cls, policy: tuple[Change, ...]) -> tuple[Change, ...]:
        if len(set(policy)) < len(policy):
            raise ValueError(f"each augmentation at most once, not {', '.join(policy)}")
        return policy

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images."""
        check_images(self.name, spec)

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the augmentation.

        Raises:
            DataError: for samples that are not images.
        """
        from genaug_plugins.regularizers.active_diffaugment import ActiveDiffaugment

        self.check_usable(training.spec)
        return ActiveDiffaugment(self.policy, training.random)
