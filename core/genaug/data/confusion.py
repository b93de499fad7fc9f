"""The confusion of a task on training data."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import IntArray


@dataclass(frozen=True, eq=False)
class Confusion:
    """Which classes a task's model confuses; each sample is predicted by a model not trained on it.

    The arrays are read-only.

    Attributes:
        class_names: of the K classes.
        ids: ``[M]`` content ids of the training samples, in the order of the training view.
        labels: int64 ``[M]``, their classes.
        probabilities: float64 ``[M, K]``, predicted for them.
        folds: int64 ``[M]``; the model that predicted a sample was trained on all other folds.
    """

    class_names: tuple[str, ...]
    ids: NDArray[np.str_]
    labels: IntArray
    probabilities: NDArray[np.float64]
    folds: IntArray

    def __post_init__(self) -> None:
        for field in fields(self):
            if isinstance(array := getattr(self, field.name), np.ndarray):
                view = array.view()
                view.flags.writeable = False
                object.__setattr__(self, field.name, view)

    @property
    def predicted(self) -> IntArray:
        """Return the most probable class of each sample, int64 ``[M]``; the lowest of equals."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def counts(self) -> IntArray:
        """Return the numbers of samples, int64 ``[K, K]``: a row for each true class, a column for each
        predicted class.
        """
        classes = len(self.class_names)
        counts = np.zeros((classes, classes), dtype=np.int64)
        np.add.at(counts, (self.labels, self.predicted), 1)
        return counts

    @property
    def error_rates(self) -> NDArray[np.float64]:
        """Return the share of each class that is predicted wrongly, ``[K]`` in [0, 1]; 0 without samples."""
        counts = self.counts
        errors: NDArray[np.float64] = 1 - np.diag(counts) / np.maximum(counts.sum(axis=1), 1)
        return np.where(counts.sum(axis=1) > 0, errors, 0.0)
