"""Any scikit-learn estimator as a model."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from genaug.adapters.columns import ColumnsPredictor, Table, columns_of, standardized, targets_of
from genaug.adapters.soft_labels import balanced, weighted_copies
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
                from sklearn.ensemble import RandomForestClassifier  # imported only for a fit

                return RandomForestClassifier(self.trees, random_state=seed)

    Samples are flattened to columns; tables are encoded, and texts become word weights (see
    `genaug.adapters.columns`). A model of classes needs an estimator with `predict_proba`; classes without
    training samples get probability 0. With ``predicts = "targets"`` the estimator is a regressor. Fits and
    predictions use one OpenMP thread, so that results do not depend on the number of threads.

    Soft labels are learned where the estimator takes sample weights: a sample becomes a row for each class of
    its soft label, weighted by the share. For a log-loss this is exact.
    """

    standardize: ClassVar[bool] = True
    """Whether columns are standardized to mean 0 and deviation 1 on the training samples. They are then also
    the model's features."""

    extractor: Use[Extractor] | None = None
    """Feature space of the estimator's input. None: the values."""

    @abstractmethod
    def estimator(self, seed: int) -> Any:
        """Return a new estimator, whose randomness derives from `seed`, in [0, 2**32)."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that the extractor cannot read."""
        if self.extractor is not None:
            self.extractor.check_usable(spec)

    def learns_soft_labels(self, spec: SampleSpec) -> bool:
        """Return whether the estimator takes sample weights."""
        from sklearn.utils.validation import has_fit_parameter

        return self.predicts == "classes" and has_fit_parameter(self.estimator(0), "sample_weight")

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit a new estimator to the columns of the training samples.

        Raises:
            DataError: if the model predicts targets and the training samples have none.
            PluginFailed: if the estimator of a model of classes has no `predict_proba`.
        """
        from threadpoolctl import threadpool_limits

        columns = columns_of(self.extractor, spec, training, seed, device)
        if self.standardize:
            # Pixels, signal values, word weights and encoded columns have a common unit, features do not.
            # With one scale, rare columns (words, categories) remain small.
            one_scale = self.extractor is None and spec.modality in ("image", "signal", "text", "table")
            columns = standardized(columns, training, one_scale)
        estimator, of_classes = self.estimator(seed % 2**32), self.predicts == "classes"
        if of_classes and not hasattr(estimator, "predict_proba"):
            raise PluginFailed(
                f"the estimator {type(estimator).__name__} of the model {self.name!r} has no predict_proba: "
                "a model of classes must predict probabilities"
            )
        wanted = training.labels if of_classes else targets_of(training, self.name)
        table, weights = columns(training), {}
        soft = training.soft_labels
        # With weights that are all 1 a forest draws other rows than without: whole labels need none.
        if soft is not None and (soft.max(axis=1) < 1).any() and self.learns_soft_labels(spec):
            rows, wanted, shares = weighted_copies(training, spec.classes)
            if getattr(estimator, "class_weight", None) == "balanced":  # scikit-learn would count the copies
                estimator.set_params(class_weight=None)
                shares = balanced(wanted, shares)
            table, weights = table[rows], {"sample_weight": shares}
        with threadpool_limits(1, user_api="openmp"):
            estimator.fit(table, wanted, **weights)

        def predicted(table: Table) -> Table:
            with threadpool_limits(1, user_api="openmp"):
                if not of_classes:
                    return np.asarray(estimator.predict(table), dtype=np.float64)
                probabilities = np.zeros((len(table), spec.classes))
                probabilities[:, estimator.classes_] = estimator.predict_proba(table)
                return probabilities

        shape = (spec.classes,) if of_classes else wanted.shape[1:]
        return ColumnsPredictor(columns, predicted, shape, self.standardize)
