"""Features of images from a neural network: what every such extractor does around its model."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from genaug.contracts import Extractor
from genaug.data import SampleSpec
from genaug.errors import DataError


@dataclass(frozen=True)
class Computation:
    """Hold how a network is computed; see the settings of `ImageModelExtractor`."""

    device: str
    precision: Literal["float32", "bfloat16"] = "float32"
    channels_last: bool = False
    batch_size: int = 64


class ImageModelExtractor(Extractor):
    """Promise features of images from a network, computed in one of several ways."""

    modalities: ClassVar[frozenset[str]] = frozenset({"image"})

    precision: Literal["float32", "bfloat16"] = "float32"
    """`bfloat16` rounds what convolutions and matrix products read to 8 bits of mantissa: faster where the
    processor computes with it, slower elsewhere, and figures shift; compare only figures of one precision."""
    channels_last: bool = False
    """Lay the channels of a pixel side by side: convolutions are often faster, figures shift by rounding."""
    batch_size: int = Field(default=64, ge=1, le=4096)
    """How many images the network sees at once. More may be faster, and take more memory."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse what is no image of one to four channels."""
        super().check_usable(spec)
        if spec.shape[0] not in (1, 2, 3, 4):
            raise DataError(
                f"extractor {self.name} reads gray or colour images, with alpha or without, not "
                f"{spec.shape[0]} channels: use the extractor 'pixels'"
            )

    def computation(self, device: str) -> Computation:
        """Return how the network is computed, as the settings say."""
        return Computation(device, self.precision, self.channels_last, self.batch_size)


def computation_record(computation: Computation) -> dict[str, str]:
    """Return what a record says of the way the features were computed."""
    layout = {"layout": "channels last"} if computation.channels_last else {}
    return {"precision": computation.precision, **layout}
