"""Handwritten digits that scikit-learn ships: real data, no download."""

from typing import ClassVar

import numpy as np

from genaug import Source
from genaug.data import Dataset, SampleSpec
from genaug.data.stored import image_samples


class SklearnDigitsSource(Source):
    """Read scikit-learn's digits: 1,797 gray images of 8×8, ten classes.

    The 17 gray levels 0 … 16 become 0 … 255, rounded to 8 bits as every stored image is, and then
    [-1, 1]. Source: UCI "Optical Recognition of Handwritten Digits", the test part.
    """

    name: ClassVar[str] = "sklearn-digits"

    def load(self) -> Dataset:
        """Read all digits, in scikit-learn's order."""
        from sklearn.datasets import load_digits

        levels, digits = load_digits(return_X_y=True)  # [1797, 64] in 0 … 16
        pixels = np.rint(levels.reshape(-1, 1, 8, 8) * (255 / 16)).astype(np.uint8)
        spec = SampleSpec(
            modality="image",
            shape=(1, 8, 8),
            class_names=tuple("0123456789"),
            value_range=(-1.0, 1.0),
            details={"mode": "gray", "origin": "scikit-learn load_digits"},
        )
        origins = np.array([f"load_digits[{row}]" for row in range(len(digits))])
        return Dataset(spec, image_samples(pixels, digits.astype(np.int64)), origins=origins)
