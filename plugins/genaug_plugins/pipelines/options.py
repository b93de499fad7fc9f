"""The options of requests to pipelines."""

from pydantic import BaseModel, ConfigDict, Field


class PipelineOptions(BaseModel):
    """What a request may set for its samples; None: as the generator's settings say."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    strength: float | None = Field(default=None, gt=0, le=1)
    """Share of the way from a source to pure generation."""
    guidance: float | None = Field(default=None, ge=0)
    """Scale of classifier-free guidance; 1: none."""
    steps: int | None = Field(default=None, ge=1)
    """Denoising steps from pure noise."""
    negative_prompt: str | None = None
    """What samples must not show."""
