"""Samples as tables ``[N, D]``, and the predictor of what has learned one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genaug.contracts.extractor import Embedder, Extractor
from genaug.contracts.model import Predictor
from genaug.data import Samples, SampleSpec, TrainView
from genaug.data.samples import FloatArray
from genaug.errors import DataError

Table = NDArray[np.float64]
Columns = Callable[[Samples], Table]
"""Turn samples into a table ``[N, D]``."""


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
    """Return the features of an extractor, learned where it must be, as columns; None: the values."""
    if extractor is None:
        return lambda samples: samples.values.reshape(len(samples), -1).astype(np.float64)
    extractor.check_usable(spec)
    embedder = extractor.learn(TrainView(spec, training), seed, device)
    return lambda samples: _embedded(embedder, samples)


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


def _embedded(embedder: Embedder, samples: Samples) -> Table:
    # No samples have a width, too: one batch of nothing but padding tells it.
    size, parts = embedder.batch_size, []
    for start in range(0, max(len(samples), 1), size):
        values = samples.values[start : start + size]
        # An embedder reads full batches only; the padding's features are cut off again.
        padding = np.zeros((size - len(values), *samples.values.shape[1:]), dtype=np.float32)
        parts.append(embedder.embed(np.concatenate([values, padding]))[: len(values)])
    return np.concatenate(parts).astype(np.float64)
