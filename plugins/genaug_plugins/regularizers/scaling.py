"""Scale-GAN's data scaling: real and fake are shown at a random scale, which is the condition."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.contracts.regularizer import Shows

Law = Literal["diffusion", "uniform", "log-uniform", "constant"]


class ScalingRegularizer(Regularizer):
    """Show the discriminator s·x and s, for real and fake alike, with s drawn anew for each sample.

    A reconstruction of the data scaling of Scale-GAN (arXiv 2410.20780), whose law of s is not
    known to us. Law ``diffusion`` reads it off its parent Diffusion-GAN (arXiv 2206.02262): s = √ᾱ_t
    with β linear from 1e-4 to 2e-2 over the current T, and T adapted so that r = E sign f(real)
    stays near a target; with that paper's noise on top it is `diffusion-noise`. As s > 0 is known
    to the discriminator, matching the scaled distributions matches the originals: nothing is
    unscaled at generation.
    """

    name: ClassVar[str] = "scaling"
    shows: ClassVar[Shows] = "conditioned"
    scales_samples: ClassVar[bool] = True
    gives_scales: ClassVar[bool] = True

    law: Law = "diffusion"
    """How s is drawn: √ᾱ_t with adaptive T, uniform or log-uniform on [s_min, 1], or always s_min."""
    s_min: float = Field(default=0.1, gt=0, le=1)
    """Smallest scale; under law diffusion √ᾱ_t is cut off there (.006 leaves every T up to 1000 whole)."""
    half_clean: bool = True
    """Keep half of every batch, chosen at random, at s = 1."""
    priority: bool = True
    """Law diffusion: draw t with weight ∝ t; else uniformly from 1 … T."""
    t_min: int = Field(default=10, ge=1, le=10_000)
    """Law diffusion: smallest T, where the training starts."""
    t_max: int = Field(default=1000, ge=1, le=10_000)
    """Law diffusion: largest T; t_min keeps T where it is."""
    target: float = Field(default=0.6, ge=-1, le=1)
    """Law diffusion: T grows while E sign f(real) is above this, and shrinks while it is below."""
    adapt_every: int = Field(default=4, ge=1)
    """Law diffusion: steps between two moves of T."""
    adapt_kimg: float = Field(default=100.0, gt=0)
    """Law diffusion: thousands of real samples in which T can go from t_min to t_max."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.t_min > self.t_max:
            raise ValueError(f"t_min ({self.t_min}) must not be above t_max ({self.t_max})")
        return self

    def check_context(self, context: RegularizerContext) -> None:
        """Refuse a second scaling, and law diffusion where a logit's sign means nothing.

        Raises:
            ValueError: saying what to choose instead.
        """
        if again := [other.name for other in context.others if other.scales_samples]:
            raise ValueError(
                f"scaling scales the samples already, and {again[0]} scales them again, which is another "
                "scaling (s₁·s₂·x): keep one of them"
            )
        if self.law == "diffusion" and self.t_min < self.t_max and not context.signed:
            raise ValueError(
                f"scaling with law `diffusion` moves T by the sign of the logits, and those of the loss "
                f"{context.loss!r} have no zero between real and fake: set `law` to uniform, log-uniform or "
                f"constant, hold T by `t_min` equal to `t_max`, or choose another loss"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the scaling with its controller."""
        from genaug_plugins.regularizers.active_scaling import ActiveScaling

        return ActiveScaling(self, training)
