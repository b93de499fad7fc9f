"""What a regularizer that moves pixels refuses."""

from genaug.data import SampleSpec
from genaug.errors import DataError


def check_images(name: str, spec: SampleSpec) -> None:
    """Refuse samples that are not images, naming the regularizer.

    Raises:
        DataError: saying what to use instead.
    """
    if spec.modality != "image":
        raise DataError(
            f"{name} moves and recolours pixels, and samples of modality {spec.modality!r} have none: take "
            "it out of `regularizers`, or use scaling, which suits every modality"
        )
