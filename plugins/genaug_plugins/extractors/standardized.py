"""The values of a sample as features, standardized by column."""

from typing import ClassVar

import numpy as np

from genaug.contracts import Embedder, LearnedExtractor
from genaug.data import DataFacts, TrainView
from genaug.data.samples import FloatArray
from genaug.data.spread import ROUNDING_32, mean_and_spread, scales
from genaug.errors import DataError


class StandardizedEmbedder(Embedder):
    """Subtract each column's mean and divide by its standard deviation, both of the training samples."""

    batch_size = 1024

    def __init__(self, train: TrainView) -> None:
        table = train.samples.values.reshape(len(train.samples), -1).astype(np.float64)
        self._mean, spread = mean_and_spread(table, ROUNDING_32)
        self._scale = scales(self._mean, spread)
        self.record = {
            "model": "standardized values",
            "shape": "x".join(map(str, train.spec.shape)),
            "resize": "none",
            "normalization": f"mean and std of {len(train.samples)} training samples, column by column",
            "constant_columns": str(int((spread == 0).sum())),
            "precision": "float32",
        }

    def embed(self, values: FloatArray) -> FloatArray:
        """Return ``[batch_size, prod(shape)]``."""
        table = values.reshape(len(values), -1).astype(np.float64)
        standardized: FloatArray = ((table - self._mean) / self._scale).astype(np.float32)
        return standardized


class StandardizedExtractor(LearnedExtractor):
    """Compare vectors column by column, each in units of its standard deviation.

    Columns may have different units, and distances of raw values are dominated by the column with the largest
    numbers. Mean and standard deviation come from the training samples alone; a column that is constant there
    is divided by its absolute value. It also accepts signals and images, value by value.
    """

    name: ClassVar[str] = "standardized"
    modalities: ClassVar[frozenset[str]] = frozenset({"vector", "signal", "image"})

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error for a single training sample."""
        if facts.train.sum() < 2:
            raise DataError(
                "extractor standardized: a single training sample has no spread: ask for more in `split`, or "
                "use {use: pixels}"
            )
        return ()

    def learn(self, train: TrainView, seed: int, device: str) -> StandardizedEmbedder:
        """Measure the columns; seed and device are not used.

        Raises:
            DataError: if there are fewer than two training samples.
        """
        self.check_usable(train.spec)
        if len(train.samples) < 2:
            raise DataError(
                f"extractor standardized: {len(train.samples)} training samples have no spread: "
                "at least 2 are needed, or use {use: pixels}"
            )
        return StandardizedEmbedder(train)
