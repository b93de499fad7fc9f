"""The check of regularizers that augment images."""

from genaug.data import SampleSpec
from genaug.errors import DataError


def check_images(name: str, spec: SampleSpec) -> None:
    """Raise an error for samples that are not images.

    Args:
        name: of the regularizer, for the message.
        spec: of the samples.

    Raises:
        DataError: naming what to use instead.
    """
    if spec.modality != "image":
        raise DataError(
            f"{name} moves and recolours pixels, and {spec.modality} samples have none: take "
            "it out of `regularizers`, or use scaling, which suits every kind of sample"
        )
