"""Base class of extractors of image features by a neural network."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from genaug.contracts import Extractor
from genaug.data import SampleSpec
from genaug.errors import DataError


@dataclass(frozen=True)
class Computation:
    """How a network is computed; see the settings of `ImageModelExtractor`."""

    device: str
    precision: Literal["float32", "bfloat16"] = "float32"
    channels_last: bool = False
    batch_size: int = 64


class ImageModelExtractor(Extractor):
    """Base class of extractors of image features by a network, with settings of its computation."""

    modalities: ClassVar[frozenset[str]] = frozenset({"image"})

    precision: Literal["float32", "bfloat16"] = "float32"
    """`bfloat16` rounds the inputs of convolutions and matrix products to 8 bits of mantissa: faster on
    processors that support it, slower on others, and results shift; compare only results of the same
    precision."""
    channels_last: bool = False
    """Use the channels-last memory layout: convolutions are often faster, results shift by rounding."""
    batch_size: int = Field(default=64, ge=1, le=4096)
    """Number of images in a batch. More may be faster, and need more memory."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images of one to four channels."""
        super().check_usable(spec)
        if spec.shape[0] not in (1, 2, 3, 4):
            raise DataError(
                f"extractor {self.name} accepts gray or colour images, with or without alpha, not "
                f"{spec.shape[0]} channels: use the extractor 'pixels'"
            )

    def computation(self, device: str) -> Computation:
        """Return the settings of the network's computation."""
        return Computation(device, self.precision, self.channels_last, self.batch_size)


def computation_record(computation: Computation) -> dict[str, str]:
    """Return the record of how the features were computed."""
    layout = {"layout": "channels last"} if computation.channels_last else {}
    return {"precision": computation.precision, **layout}
