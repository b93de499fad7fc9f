"""Samples as tables ``[N, D]``, and predictors that use them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genaug.adapters.remembered_features import features_in
from genaug.contracts.extractor import Extractor
from genaug.contracts.model import Predictor
from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.spread import ROUNDING_32, mean_and_spread, scales
from genaug.data.table_encoder import TableEncoder
from genaug.errors import DataError

Table = NDArray[np.float64]
Columns = Callable[[Samples], Table]
"""Turn samples into a table ``[N, D]``."""
WORDS = 4096
"""Maximum number of words, each of which is a column of a text."""


class ColumnsPredictor(Predictor):
    """Predictor on the columns of samples.

    Args:
        columns: maps samples to the columns of the training.
        predicted: maps a table of one row or more to predictions ``[N, *shape]``.
        shape: of one prediction.
        inputs_are_features: whether the columns have a common scale and are returned as features.
    """

    def __init__(
        self,
        columns: Columns,
        predicted: Callable[[Table], Table],
        shape: tuple[int, ...],
        inputs_are_features: bool,
    ) -> None:
        self._columns = columns
        self._predicted = predicted
        self._shape = shape
        self._inputs_are_features = inputs_are_features

    def predict(self, samples: Samples) -> Table:
        """Return predictions, float64 ``[N, *shape]``."""
        if not len(samples):
            return np.zeros((0, *self._shape))
        return self._predicted(self._columns(samples))

    def features(self, samples: Samples) -> FloatArray | None:
        """Return the columns, float32 ``[N, D]``, or None if they have no common scale."""
        return self._columns(samples).astype(np.float32) if self._inputs_are_features else None


def columns_of(
    extractor: Extractor | None, spec: SampleSpec, training: Samples, seed: int, device: str
) -> Columns:
    """Return the map from samples to columns, fitted to the training samples.

    The columns are the features of the extractor. Without one they are the flattened values; for a table its
    encoded columns (see `genaug.data.table_encoder`), for texts the TF-IDF of the `WORDS` most frequent
    words.

    Raises:
        DataError: if the extractor cannot read the samples, or the training texts contain no words.
    """
    if extractor is not None:
        extractor.check_usable(spec)
        if not extractor.needs_training:
            features = features_in(extractor, spec, device)
            return lambda samples: features(samples).astype(np.float64)
        embedder = extractor.learn(TrainView(spec, training), seed, device)
        return lambda samples: embedder.embed_all(samples.values).astype(np.float64)
    if spec.modality == "table":
        encoder = TableEncoder(spec.columns, training.values)
        return lambda samples: encoder(samples.values)
    if spec.modality == "text":
        from sklearn.feature_extraction.text import TfidfVectorizer

        tfidf = TfidfVectorizer(max_features=WORDS, sublinear_tf=True)
        try:
            tfidf.fit(training.values.tolist())
        except ValueError as error:
            raise DataError(f"the {len(training)} training texts contain no words: {error}") from error
        return lambda samples: np.asarray(
            tfidf.transform(samples.values.tolist()).toarray(), dtype=np.float64
        )
    return lambda samples: samples.values.reshape(len(samples), -1).astype(np.float64)


def standardized(columns: Columns, training: Samples, one_scale: bool) -> Columns:
    """Return columns of mean 0 and deviation 1 on the training samples.

    Args:
        columns: the map from samples to columns.
        training: one sample or more.
        one_scale: divide all columns by the root of their mean variance, so that pixels that hardly vary
            remain small; else each by its own deviation.
    """
    table = columns(training)
    if one_scale:
        centre = table.mean(axis=0)
        _, spread = mean_and_spread((table - centre).reshape(-1, 1), 0.0)
        if spread[0] <= ROUNDING_32 * np.abs(table).max():
            spread[0] = 0.0  # all columns are constant, but for rounding
        scale = scales(np.abs(table).max(keepdims=True).reshape(1), spread)
    else:
        centre, spread = mean_and_spread(table, ROUNDING_32)
        scale = scales(centre, spread)
    return lambda samples: (columns(samples) - centre) / scale


def targets_of(training: Samples, model: str) -> Table:
    """Return the targets of training samples, float64 ``[N, ...]``.

    Raises:
        DataError: where they have none.
    """
    if training.targets is None:
        raise DataError(
            f"the model {model!r} predicts targets, and the training samples have none: take a source with "
            "targets, or a model that predicts classes"
        )
    return training.targets.astype(np.float64)
