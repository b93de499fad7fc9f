"""Square images: which are refused, and how wide the features of the others are."""

import pytest

from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.square_images import check_square_images, widths_from_coarsest


def image(channels: int, height: int, width: int) -> SampleSpec:
    return SampleSpec(
        modality="image", shape=(channels, height, width), class_names=("a",), value_range=(-1, 1)
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            image(1, 28, 28),
            r"8, 16, 32, 64, 128, 256 pixels, not 28×28: set the source's `size` .* `size: 32`",
        ),
        (image(1, 32, 16), r"not 32×16"),
        (image(1, 300, 300), r"`size: 256`"),
        (image(5, 8, 8), r"it makes images of 1 to 4 channels, not 5"),
        (
            SampleSpec(modality="signal", shape=(1, 8), class_names=("a",)),
            r"not signal samples: name an architecture that does \(conv1d\)",
        ),
    ],
)
def test_says_which_samples_can_be_made(spec: SampleSpec, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_square_images(spec, "it")


def test_width_is_that_at_half_the_size() -> None:
    assert widths_from_coarsest(8, 6, 512) == [6, 3]
    assert widths_from_coarsest(64, 6, 512) == [48, 24, 12, 6, 3]
    assert widths_from_coarsest(64, 6, 20) == [20, 20, 12, 6, 3]
