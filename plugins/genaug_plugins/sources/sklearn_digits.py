"""Handwritten digits that scikit-learn ships: real data, no download."""

from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from genaug import Source
from genaug.data import Dataset, SampleSpec
from genaug.data.stored import image_samples
from genaug.errors import DataError


class SklearnDigitsSource(Source):
    """Read scikit-learn's digits: 1,797 gray images of 8×8, ten classes.

    The 17 gray levels 0 … 16 become 0 … 255, rounded to 8 bits as every stored image is, and then
    [-1, 1]. Source: UCI "Optical Recognition of Handwritten Digits", the test part.
    """

    name: ClassVar[str] = "sklearn-digits"

    def load(self) -> Dataset:
        """Read all digits, in scikit-learn's order.

        Its file is read as `load_digits` reads it, without the seconds that importing scikit-learn takes.

        Raises:
            DataError: where the installed scikit-learn does not contain the file.
        """
        package = find_spec("sklearn")
        folder = Path(*(package.submodule_search_locations or ())) if package else Path()
        file = folder / "datasets" / "data" / "digits.csv.gz"
        if not file.is_file():
            raise DataError(f"there is no {file}: reinstall scikit-learn, which contains the digits")
        table = np.loadtxt(file, delimiter=",")  # [1797, 65]: 64 levels in 0 … 16, the digit
        levels, digits = table[:, :-1], table[:, -1]
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
