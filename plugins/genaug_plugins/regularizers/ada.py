"""Adaptive discriminator augmentation: images are augmented as often as overfitting asks for."""

import math
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.discriminator_pass import Batch, Logits
from genaug.contracts import RegularizerContext
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.image_operations import (
    colour_matrix,
    colours_mixed,
    flipped,
    inverse_warp,
    refuse_all_but_images,
    shifted,
    turned,
    warped,
)

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
    shows: ClassVar[Literal["none", "augmented", "conditioned"]] = "augmented"

    p: float | None = Field(default=None, ge=0, le=1)
    """Hold the probability there; None: start at 0 and adapt."""
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
        """Refuse samples that are no images, or whose channels have no colours."""
        refuse_all_but_images(self.name, spec)
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

    def attach(self, training: Training) -> "ActiveAda":
        """Return the view with its controller.

        Raises:
            DataError: where samples are no images, or have other channels than the pipeline recolours.
        """
        self.check_usable(training.spec)
        return ActiveAda(self, training)


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
