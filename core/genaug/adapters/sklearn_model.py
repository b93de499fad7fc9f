"""Any scikit-learn estimator as a model."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from genaug.adapters.columns import Columns, ColumnsPredictor, Table, columns_of, standardized, targets_of
from genaug.components.references import Use
from genaug.contracts.extractor import Extractor
from genaug.contracts.model import Model, Predictor
from genaug.data import Samples, SampleSpec
from genaug.errors import PluginFailed


class SklearnModel(Model):
    """Base class of models that are a scikit-learn estimator on values or features.

    A subclass names its settings and returns the estimator::

        class RandomForestModel(SklearnModel):
            name = "random-forest"
            trees: int = 100

            def estimator(self, seed: int) -> Any:
                from sklearn.ensemble import RandomForestClassifier  # imported where work begins

                return RandomForestClassifier(self.trees, random_state=seed)

    Samples are flattened to columns; a table's are encoded, and texts become weights of their words. A
    model of classes needs an estimator with `predict_proba`; classes without training samples get
    probability 0. With ``predicts = "targets"`` the estimator is a regressor. Fits and predictions use one
    OpenMP thread, so that no sum
    depends on the number of threads.
    """

    standardize: ClassVar[bool] = True
    """Whether columns are brought to mean 0 and deviation 1 on the training samples. They are then the
    model's features, too."""

    extractor: Use[Extractor] | None = None
    """Feature space that the estimator reads. None: the values themselves."""

    @abstractmethod
    def estimator(self, seed: int) -> Any:
        """Return a fresh estimator; what is random in it comes from `seed`, in [0, 2**32)."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that the extractor cannot read."""
        if self.extractor is not None:
            self.extractor.check_usable(spec)

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit a fresh estimator to the columns of the training samples.

        Raises:
            DataError: where targets are to be learned and the training samples have none.
            PluginFailed: where the estimator of a model of classes has no `predict_proba`.
        """
        from threadpoolctl import threadpool_limits

        columns = columns_of(self.extractor, spec, training, seed, device)
        if self.standardize:
            # Pixels, signal values, weights of words and encoded columns share a unit, features do not. With
            # one scale, a column that is rare (a word, a category) stays small.
            one_scale = self.extractor is None and spec.modality in ("image", "signal", "text", "table")
            columns = standardized(columns, training, one_scale)
        estimator = self.estimator(seed % 2**32)
        if self.predicts == "targets":
            targets = targets_of(training, self.name)
            with threadpool_limits(1, user_api="openmp"):
                estimator.fit(columns(training), targets)
            return ColumnsPredictor(columns, _predicting(estimator), targets.shape[1:], self.standardize)
        if not hasattr(estimator, "predict_proba"):
            raise PluginFailed(
                f"the estimator {type(estimator).__name__} of the model {self.name!r} has no predict_proba: "
                "a model of classes must predict probabilities"
            )
        with threadpool_limits(1, user_api="openmp"):
            estimator.fit(columns(training), training.labels)
        return _of_classes(columns, estimator, spec.classes, self.standardize)


def _predicting(estimator: Any) -> Callable[[Table], Table]:
    from threadpoolctl import threadpool_limits

    def predicted(table: Table) -> Table:
        with threadpool_limits(1, user_api="openmp"):
            return np.asarray(estimator.predict(table), dtype=np.float64)

    return predicted


def _of_classes(columns: Columns, estimator: Any, classes: int, features: bool) -> ColumnsPredictor:
    from threadpoolctl import threadpool_limits

    def predicted(table: Table) -> Table:
        found = np.zeros((len(table), classes))
        with threadpool_limits(1, user_api="openmp"):
            found[:, estimator.classes_] = estimator.predict_proba(table)
        return found

    return ColumnsPredictor(columns, predicted, (classes,), features)
