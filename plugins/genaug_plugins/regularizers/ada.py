"""Adaptive discriminator augmentation: the more the discriminator overfits, the more images are augmented."""

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
    """Augment every image, real or fake, by a pipeline whose every operation is applied with probability p.

    From the paper's description (Karras et al. 2020, arXiv 2006.06676, section 2 and appendix B):

    - ``blit``: mirror; rotate by quarter turns (by half turns where images are not square); shift by up to an
      eighth in whole pixels.
    - ``geometry``: scale by s ~ lognormal(.2·ln 2); rotate; scale by (s, 1/s); rotate; shift by
      N(0, .125²) of the size. One affine map, resampled once and bilinearly, where the paper
      filters against aliasing at twice the resolution: a warped image is slightly blurred.
    - ``color``: brightness + N(0, .2²), contrast × lognormal(.5·ln 2), luma flip, hue rotation,
      saturation × lognormal(ln 2): one affine map of the channels.

    All borders are mirrored. The paper's filters in image space and its corruptions (noise, cutout) are
    omitted: they are not part of its default pipeline. p follows the signs of the logits of real
    images: p ← clip(p + sign(E sign f(x) − target)·move, 0, p_max). An operation is omitted with
    probability 1 − p, so unaugmented images remain the most frequent, and the generator does not learn
    to make augmented ones while p is below about .8, as the paper found.
    """

    name: ClassVar[str] = "ada"
    shows: ClassVar[Shows] = "augmented"

    p: float | None = Field(default=None, ge=0, le=1)
    """A fixed probability; None: p starts at 0 and adapts."""
    p_max: float = Field(default=0.8, gt=0, le=1)
    """Largest p while it adapts. The paper has no bound; above about .8 the generator may learn to make
    augmented images."""
    categories: tuple[Category, ...] = Field(default=("blit", "geometry", "color"), min_length=1)
    """Parts of the pipeline to apply, always in this order."""
    target: float = Field(default=0.6, ge=-1, le=1)
    """p rises while E sign f(real) is above this, and falls while it is below."""
    adapt_every: int = Field(default=4, ge=1)
    """Steps between two moves of p."""
    adapt_kimg: float = Field(default=500.0, gt=0)
    """Thousands of real samples in which p can rise from 0 to 1; choose less for a short training."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images of 1 or 3 channels."""
        check_images(self.name, spec)
        if "color" in self.categories and spec.shape[0] not in (1, 3):
            raise DataError(
                f"ada recolours images of 1 or 3 channels, not {spec.shape[0]}: set its `categories` to "
                "[blit, geometry]"
            )

    def check_context(self, context: RegularizerContext) -> None:
        """Raise an error if p adapts and the sign of a logit is meaningless."""
        if self.p is None and not context.signed:
            raise ValueError(
                f"ada adapts p to the sign of the logits, and those of the loss {context.loss!r} have no "
                "zero between real and fake: give a fixed `p`, or choose another loss"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the augmentation with its controller.

        Raises:
            DataError: for samples that are not images, or have channels that the pipeline cannot recolour.
        """
        from genaug_plugins.regularizers.active_ada import ActiveAda
        from genaug_plugins.regularizers.sign_controller import SignController

        self.check_usable(training.spec)
        controller = SignController(
            training,
            target=self.target,
            every=self.adapt_every,
            kimg=self.adapt_kimg,
            start=self.p or 0.0,
            p_max=self.p_max,
        )
        return ActiveAda(training, self.categories, controller, adapts=self.p is None)
