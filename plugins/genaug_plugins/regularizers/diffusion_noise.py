"""Diffusion-GAN: real and fake samples are diffused at random, and the signal's scale is the condition."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.adversarial import Batch, Logits
from genaug.contracts.regularizer import Shows
from genaug_plugins.regularizers.scaling import ScalingRegularizer

S_MIN = 1e-6
"""Smallest scale, below √ᾱ_T of every T up to 1000 (.006): nothing is clipped."""


class DiffusionNoiseRegularizer(Regularizer):
    """Show the discriminator s·x + √(1 − s²)·σ·ε and s, with s = √ᾱ_t drawn for each sample.

    The forward diffusion of Diffusion-GAN (Wang et al. 2022, arXiv 2206.02262), with its adaptive T. With
    σ = 0 it is `scaling` with law ``diffusion``. The paper conditions the discriminator on t; here the
    condition is s, whose meaning does not change with T. Half of every batch is not diffused, as in the
    paper's code.
    """

    name: ClassVar[str] = "diffusion-noise"
    shows: ClassVar[Shows] = "conditioned"
    scales_samples: ClassVar[bool] = True

    sigma: float = Field(default=0.05, ge=0)
    """Standard deviation σ of the noise at s = 0, in units of the values."""
    half_clean: bool = True
    """Leave half of every batch, chosen at random, undiffused (s = 1)."""
    priority: bool = True
    """Draw t with weight ∝ t; else uniformly from 1 … T."""
    t_min: int = Field(default=10, ge=1, le=10_000)
    """Smallest T, with which the training starts."""
    t_max: int = Field(default=1000, ge=1, le=10_000)
    """Largest T; if equal to t_min, T is fixed."""
    target: float = Field(default=0.6, ge=-1, le=1)
    """T rises while E sign f(real) is above this, and falls while it is below."""
    adapt_every: int = Field(default=4, ge=1)
    """Steps between two moves of T."""
    adapt_kimg: float = Field(default=100.0, gt=0)
    """Thousands of real samples in which T can rise from t_min to t_max."""

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
                f"diffusion-noise scales the samples already, and {again[0]} scales them "
                f"again: keep one of them"
            )
        if self.t_min < self.t_max and not context.signed:
            raise ValueError(
                f"diffusion-noise moves T by the sign of the logits, and those of the loss {context.loss!r} "
                f"have no zero between real and fake: fix T by `t_min` equal to `t_max`, or choose another "
                f"loss"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the augmentation with its controller."""
        return ActiveDiffusionNoise(self, training)


class ActiveDiffusionNoise(ActiveRegularizer):
    """Diffusion of samples in one training."""

    condition_dim = 1

    def __init__(self, settings: DiffusionNoiseRegularizer, training: Training) -> None:
        self._sigma = settings.sigma
        self._random = training.random
        law = {name: value for name, value in settings if name != "sigma"}
        self._scaling = ScalingRegularizer(law="diffusion", s_min=S_MIN, **law).attach(training)

    def augment(self, batch: Batch) -> Batch:
        """Return s·x + √(1 − s²)·σ·ε, with s appended to the condition."""
        import torch

        from genaug_plugins.regularizers.active_scaling import scaled

        seen = self._scaling.augment(batch)
        if self._sigma == 0:
            return seen
        spread = self._sigma * (1 - seen.condition[:, -1].square()).sqrt()  # [N]
        noise = torch.randn(
            seen.values.shape, generator=self._random, dtype=seen.values.dtype, device=seen.values.device
        )
        return Batch(seen.values + scaled(noise, spread), seen.labels, seen.condition)

    def clean(self, batch: Batch) -> Batch:
        """Return x with s = 1."""
        return self._scaling.clean(batch)

    def observe(self, logits: Logits) -> None:
        """Move T."""
        self._scaling.observe(logits)

    def logs(self) -> dict[str, float]:
        """Return T."""
        return self._scaling.logs()

    def state(self) -> dict[str, Any]:
        """Return the controller's state."""
        return self._scaling.state()

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        self._scaling.restore(state)
