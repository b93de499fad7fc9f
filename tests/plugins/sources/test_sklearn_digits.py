import numpy as np
from sklearn.datasets import load_digits

from genaug_plugins.sources.sklearn_digits import SklearnDigitsSource


def test_all_digits_are_read_at_their_levels() -> None:
    dataset = SklearnDigitsSource().load()
    assert dataset.samples.values.shape == (1797, 1, 8, 8)
    assert dataset.samples.values.min() == -1.0
    assert dataset.samples.values.max() == 1.0
    assert dataset.samples.per_class(10).sum() == 1797
    assert dataset.spec.class_names[3] == "3"
    levels = np.rint((dataset.samples.values + 1) * 8).reshape(1797, 64)
    assert (levels == load_digits().data).all()
    assert (dataset.samples.labels == load_digits().target).all()


def test_two_readings_are_one() -> None:
    source = SklearnDigitsSource()
    assert (source.load().samples.ids == source.load().samples.ids).all()
