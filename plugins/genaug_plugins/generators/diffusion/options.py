"""The options of requests to a diffusion model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class DiffusionOptions(BaseModel):
    """Options of requests to a diffusion model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strength: float = Field(default=0.5, gt=0, le=1)
    """With sources: how far each sample is from its source, in the noise that is added to it: its share is
    strength in `flow`, so that 1 makes everything anew. Not used without sources; a mask is usually filled
    with 1."""
    guidance: float | None = Field(default=None, ge=0)
    """Classifier-free guidance: 1 for none, more for samples that are more typical of their class and less
    diverse; None: the generator's setting."""
    steps: int | None = Field(default=None, ge=1)
    """Noise levels at which the network is evaluated, of a sample from pure noise; None: the generator's
    setting `sampling_steps`."""
    stochastic: float = Field(default=0.0, ge=0, le=1)
    """Share of new noise in each step, η of DDIM: 0 solves the differential equation, 1 is the posterior of
    DDPM, which needs more steps."""
    repeats: int = Field(default=1, ge=1)
    """With a mask: how often each step is repeated, so that the new part agrees with the kept one."""
