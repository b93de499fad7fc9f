"""What one sample is: its modality, shape, value range and classes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator


class SampleSpec(BaseModel):
    """Describe the samples of a data set.

    Images are ``[C, H, W]`` in [-1, 1], signals ``[C, T]``, vectors ``[D]``. A modality that
    needs more words (text: the tokenizer of its ids) writes them into ``details``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    modality: str
    """`image`, `signal`, `vector`, or the name of a later modality."""
    shape: tuple[Annotated[int, Field(gt=0)], ...]
    """Shape of one sample, without the batch axis."""
    class_names: tuple[str, ...]
    """The classes; label i is `class_names[i]`."""
    value_range: tuple[float, float] | None = None
    """Lowest and highest value a sample may take; None: unbounded."""
    details: dict[str, str] = {}
    """What else is needed to read a sample, e.g. the resize filter."""

    @model_validator(mode="after")
    def _ranks(self) -> "SampleSpec":
        rank = {"image": 3, "signal": 2, "vector": 1}.get(self.modality)
        if rank is not None and len(self.shape) != rank:
            raise ValueError(f"a sample of modality {self.modality!r} has {rank} axes, not {self.shape}")
        if self.modality == "image" and self.value_range != (-1.0, 1.0):
            raise ValueError(f"images lie in [-1, 1], not {self.value_range}")
        return self

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return len(self.class_names)
