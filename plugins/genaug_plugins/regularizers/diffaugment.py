"""DiffAugment: the discriminator sees real and fake through the same kind of random changes."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.contracts.regularizer import Shows
from genaug.data import SampleSpec
from genaug_plugins.regularizers.images_only import check_images

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

    No condition says what was changed, and every change is applied to every image: that nothing leaks
    into the generator rests on the paper's experiments, not on a theorem.
    """

    name: ClassVar[str] = "diffaugment"
    shows: ClassVar[Shows] = "augmented"

    policy: tuple[Change, ...] = Field(default=("color", "translation", "cutout"), min_length=1)
    """Which changes, applied in this order; for tiny data sets the paper uses all three."""

    @field_validator("policy")
    @classmethod
    def _once_each(cls, policy: tuple[Change, ...]) -> tuple[Change, ...]:
        if len(set(policy)) < len(policy):
            raise ValueError(f"each change at most once, not {', '.join(policy)}")
        return policy

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are not images."""
        check_images(self.name, spec)

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the augmentation.

        Raises:
            DataError: where samples are no images.
        """
        from genaug_plugins.regularizers.active_diffaugment import ActiveDiffaugment

        self.check_usable(training.spec)
        return ActiveDiffaugment(self, training.random)
