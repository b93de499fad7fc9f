"""What requests to a `vae` may ask for."""

from pydantic import BaseModel, ConfigDict, Field

CAPABILITIES = frozenset({"class-conditional", "latent", "encode", "image-to-image"})


class VaeOptions(BaseModel):
    """Options of a request to a `vae`."""

    model_config = ConfigDict(extra="forbid")

    strength: float = Field(default=0.5, gt=0, le=1)
    """With sources: the share of the way from the source to a sample that has nothing of it, at 1."""
