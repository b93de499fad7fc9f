"""Adaptive discriminator augmentation: images are augmented as often as overfitting asks for."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.contracts.regularizer import Shows
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.images_only import check_images

Category = Literal["blit", "geometry", "color"]


class AdaRegularizer(Regularizer):
    """Show every image, real or fake, through a pipeline whose every step is taken with probability p.

    From the paper's description (Karras et al. 2020, arXiv 2006.06676, section 2 and appendix B):

    - ``blit``: mirror; turn by quarters (images that are not square: by halves); shift by up to an
      eighth in whole pixels.
    - ``geometry``: scale by s ~ lognormal(.2·ln 2); rotate; scale by (s, 1/s); rotate; shift by
      N(0, .125²) of the size. One affine map, resampled once and bilinearly, where the paper
      filters against aliasing at twice the resolution: a warped image is slightly blurred.
    - ``color``: brightness + N(0, .2²), contrast × lognormal(.5·ln 2), luma flip, hue rotation,
      saturation × lognormal(ln 2): one affine map of the channels.

    All borders are mirrored. The paper's filters in image space and its corruptions (noise, cutout) are
    left out: they are not part of its default pipeline. p follows the signs of the logits of real
    images: p ← clip(p + sign(E sign f(x) − target)·move, 0, p_max). As a step is left out with
    probability 1 − p, the discriminator still sees which images are undisturbed, and nothing leaks
    into the generator while p stays below about .8, as the paper found.
    """

    name: ClassVar[str] = "ada"
    shows: ClassVar[Shows] = "augmented"

    p: float | None = Field(default=None, ge=0, le=1)
    """A fixed probability; None: start at 0 and adapt."""
    p_max: float = Field(default=0.8, gt=0, le=1)
    """Largest p while it adapts; 1 as in the paper, where augmentations may leak."""
    categories: tuple[Category, ...] = Field(default=("blit", "geometry", "color"), min_length=1)
    """Which parts of the pipeline; their order is always this one."""
    target: float = Field(default=0.6, ge=-1, le=1)
    """p grows while E sign f(real) is above this, and shrinks while it is below."""
    adapt_every: int = Field(default=4, ge=1)
    """Steps between two moves of p."""
    adapt_kimg: float = Field(default=500.0, gt=0)
    """Thousands of real samples in which p can go from 0 to 1; shorter for short trainings."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that are not images, or whose channels have no colours."""
        check_images(self.name, spec)
        if "color" in self.categories and spec.shape[0] not in (1, 3):
            raise DataError(
                f"ada recolours images of 1 or 3 channels, not {spec.shape[0]}: set its `categories` to "
                "[blit, geometry]"
            )

    def check_context(self, context: RegularizerContext) -> None:
        """Refuse to adapt where a logit's sign means nothing."""
        if self.p is None and not context.signed:
            raise ValueError(
                f"ada adapts p to the sign of the logits, and those of the loss {context.loss!r} have no "
                "zero between real and fake: give a fixed `p`, or choose another loss"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the augmentation with its controller.

        Raises:
            DataError: where samples are no images, or have other channels than the pipeline recolours.
        """
        from genaug_plugins.regularizers.active_ada import ActiveAda

        self.check_usable(training.spec)
        return ActiveAda(self, training)
