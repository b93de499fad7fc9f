"""Scale-GAN's data scaling: real and fake samples are scaled at random, and the scale is the condition."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.contracts.regularizer import Shows

Law = Literal["diffusion", "uniform", "log-uniform", "constant"]


class ScalingRegularizer(Regularizer):
    """Show the discriminator s·x and s, for real and fake alike, with s drawn for each sample.

    A reconstruction of the data scaling of Scale-GAN (arXiv 2410.20780); the paper's law of s is not
    known to us. Law ``diffusion`` is that of Diffusion-GAN (arXiv 2206.02262), on which the paper builds:
    s = √ᾱ_t with β linear from 1e-4 to 2e-2 over the current T, and T adapts so that r = E sign f(real)
    remains near a target; with that paper's noise added it is `diffusion-noise`. Since s > 0 is a condition
    of the discriminator, the scaled distributions match only if the original ones do: generated samples
    need no rescaling.
    """

    name: ClassVar[str] = "scaling"
    shows: ClassVar[Shows] = "conditioned"
    scales_samples: ClassVar[bool] = True
    gives_scales: ClassVar[bool] = True

    law: Law = "diffusion"
    """How s is drawn: √ᾱ_t with adaptive T, uniform or log-uniform on [s_min, 1], or always s_min."""
    s_min: float = Field(default=0.1, gt=0, le=1)
    """Smallest scale; under law diffusion √ᾱ_t is clipped to it (.006 clips nothing for T up to 1000)."""
    half_clean: bool = True
    """Leave half of every batch, chosen at random, unscaled (s = 1)."""
    priority: bool = True
    """Law diffusion: draw t with weight ∝ t; else uniformly from 1 … T."""
    t_min: int = Field(default=10, ge=1, le=10_000)
    """Law diffusion: smallest T, with which the training starts."""
    t_max: int = Field(default=1000, ge=1, le=10_000)
    """Law diffusion: largest T; if equal to t_min, T is fixed."""
    target: float = Field(default=0.6, ge=-1, le=1)
    """Law diffusion: T rises while E sign f(real) is above this, and falls while it is below."""
    adapt_every: int = Field(default=4, ge=1)
    """Law diffusion: steps between two moves of T."""
    adapt_kimg: float = Field(default=100.0, gt=0)
    """Law diffusion: thousands of real samples in which T can rise from t_min to t_max."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.t_min > self.t_max:
            raise ValueError(f"t_min ({self.t_min}) must not be above t_max ({self.t_max})")
        return self

    def check_context(self, context: RegularizerContext) -> None:
        """Raise an error for a second scaling, or if T adapts and the sign of a logit is meaningless.

        Raises:
            ValueError: naming what to choose instead.
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
                f"constant, fix T by `t_min` equal to `t_max`, or choose another loss"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the scaling with its controller."""
        from genaug_plugins.regularizers.active_scaling import ActiveScaling
        from genaug_plugins.regularizers.sign_controller import SignController

        controller = SignController(
            training, target=self.target, every=self.adapt_every, kimg=self.adapt_kimg
        )
        return ActiveScaling(
            training,
            controller,
            law=self.law,
            s_min=self.s_min,
            half_clean=self.half_clean,
            priority=self.priority,
            t_min=self.t_min,
            t_max=self.t_max,
        )
