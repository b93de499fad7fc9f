"""Samples as tables ``[N, D]``, and the predictor of what has learned one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genaug.contracts.extractor import Extractor
from genaug.contracts.model import Predictor
from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.data.table_encoder import TableEncoder
from genaug.errors import DataError

Table = NDArray[np.float64]
Columns = Callable[[Samples], Table]
"""Turn samples into a table ``[N, D]``."""
WORDS = 4096
"""Words that make up a text's columns, at most."""


class ColumnsPredictor(Predictor):
    """Predictor of what has learned a table.

    Args:
        columns: turns samples into what was learned.
        predicted: from a table of one row or more to what is predicted, ``[N, ...]``.
        shape: of one prediction; tells what is returned for no samples.
        inputs_are_features: whether the columns share a scale, so that distances in them mean something.
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
        """Return what is predicted, float64 ``[N, *shape]``."""
        if not len(samples):
            return np.zeros((0, *self._shape))
        return self._predicted(self._columns(samples))

    def features(self, samples: Samples) -> FloatArray | None:
        """Return the standardized inputs, float32 ``[N, D]``, as there is no layer between; or None."""
        return self._columns(samples).astype(np.float32) if self._inputs_are_features else None


def columns_of(
    extractor: Extractor | None, spec: SampleSpec, training: Samples, seed: int, device: str
) -> Columns:
    """Return what turns samples into columns: an extractor's features, learned where it must be.

    Without an extractor they are the values, flattened; of a table its encoded columns (see
    `genaug.data.table_encoder`), of texts the TF-IDF of the `WORDS` most frequent words, both learned from
    the training samples.
    """
    if extractor is not None:
        extractor.check_usable(spec)
        embedder = extractor.learn(TrainView(spec, training), seed, device)
        return lambda samples: embedder.embed_all(samples.values).astype(np.float64)
    if spec.modality == "table":
        encoder = TableEncoder(spec.columns, training.values)
        return lambda samples: encoder(samples.values)
    if spec.modality == "text":
        return _word_weights(training)
    return lambda samples: samples.values.reshape(len(samples), -1).astype(np.float64)


def _word_weights(training: Samples) -> Columns:
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(max_features=WORDS, sublinear_tf=True)
    try:
        weights.fit(training.values.tolist())
    except ValueError as error:
        raise DataError(f"the {len(training)} training texts hold no words: {error}") from error
    return lambda samples: np.asarray(weights.transform(samples.values.tolist()).toarray(), dtype=np.float64)


def standardized(columns: Columns, training: Samples, one_scale: bool) -> Columns:
    """Return columns of mean 0 and deviation 1 on the training samples.

    Args:
        columns: what turns samples into a table.
        training: one sample or more.
        one_scale: centre each column but divide all by one number, the root of their mean
            variance: pixels that hardly vary then stay small. Else each column by its own.
    """
    table = columns(training)
    centre, variance = table.mean(axis=0), table.var(axis=0)
    scale = np.sqrt(np.full_like(variance, variance.mean()) if one_scale else variance)
    scale[scale < 1e-6] = 1.0  # a constant column says nothing; it must not blow up what is predicted
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
