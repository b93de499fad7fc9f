"""Handwritten digits that scikit-learn ships: real data, no download."""

from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from genaug import Source
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.files import row_origins
from genaug_plugins.sources.image_dataset import image_dataset


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
        return image_dataset(
            pixels,
            digits.astype(np.int64),
            tuple("0123456789"),
            row_origins("load_digits", len(digits)),
            {"mode": "gray", "origin": "scikit-learn load_digits"},
        )
