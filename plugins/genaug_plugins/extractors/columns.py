"""Features of a table's rows: standardized numbers, one-hot categories."""

from typing import ClassVar

import numpy as np

from genaug.contracts import Embedder, LearnedExtractor
from genaug.data import TrainView
from genaug.data.samples import FloatArray
from genaug.data.table_encoder import Table, TableEncoder


class ColumnsEmbedder(Embedder):
    """Encode rows by the training rows' means and spreads; see `TableEncoder`."""

    batch_size = 1024

    def __init__(self, train: TrainView) -> None:
        self._encode = TableEncoder(train.spec.columns, train.samples.values)
        self.record = {
            "model": "encoded columns",
            "columns": str(len(train.spec.columns)),
            "features": str(len(self._encode.names)),
            "resize": "none",
            "normalization": f"mean and std of {len(train.samples)} training rows; categories one-hot",
            "precision": "float32",
        }

    def embed(self, values: Table) -> FloatArray:
        """Return ``[batch_size, features]``."""
        return self._encode(values).astype(np.float32)


class ColumnsExtractor(LearnedExtractor):
    """Compare rows of a table with columns of any type.

    Numbers, integers and booleans are centred and divided by their standard deviation, 0 where missing; a
    categorical column becomes one column of 0 and 1 for each category; a column that allows missing values
    has an additional indicator column. Mean and spread are those of the training rows.
    """

    name: ClassVar[str] = "columns"
    modalities: ClassVar[frozenset[str]] = frozenset({"table"})

    def learn(self, train: TrainView, seed: int, device: str) -> ColumnsEmbedder:
        """Measure the columns; seed and device are not used.

        Raises:
            DataError: if the samples are not rows of a table.
        """
        self.check_usable(train.spec)
        return ColumnsEmbedder(train)
