"""The files and the request options of `forest-flow`."""

from pydantic import BaseModel, Field

TENSORS = "forest-flow.safetensors"
RECORD = "forest-flow.json"
CAPABILITIES = frozenset({"class-conditional", "latent", "image-to-image", "inpaint"})


class ForestFlowOptions(BaseModel, extra="forbid"):
    """Options of requests to `forest-flow`."""

    strength: float | None = Field(default=None, gt=0, le=1)
    """Of a request with sources: the share of the way from a source to a new row; 1 makes all of it anew.
    null: 0.5, and 1 where a mask says what is made anew."""
