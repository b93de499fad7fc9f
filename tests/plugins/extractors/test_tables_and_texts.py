"""Feature spaces of tables and texts."""

import numpy as np
import pytest

from genaug.data import Column, Samples, SampleSpec, TrainView
from genaug.data.encoding import object_array
from genaug.data.table_encoder import TableEncoder
from genaug.errors import DataError
from genaug.testing import Material
from genaug_plugins.extractors.bag_of_words import BagOfWordsExtractor
from genaug_plugins.extractors.columns import ColumnsExtractor

COLUMNS = (
    Column(name="age", type="integer", missing=True),
    Column(name="colour", type="categorical", categories=("blue", "red"), missing=True),
    Column(name="flag", type="boolean"),
    Column(name="constant", type="numeric"),
)
VALUES = np.array([[1, 0, 1, 7], [3, 1, 0, 7], [np.nan, np.nan, 0, 7]], dtype=np.float64)


def test_columns_are_encoded_by_hand() -> None:
    encoder = TableEncoder(COLUMNS, VALUES)
    assert encoder.names == (
        *("age", "age is missing", "colour=blue", "colour=red", "colour is missing", "flag", "constant"),
    )
    root = np.sqrt(2)
    np.testing.assert_allclose(
        encoder(VALUES),
        [[-1, 0, 1, 0, 0, root, 0], [1, 0, 0, 1, 0, -1 / root, 0], [0, 1, 0, 0, 1, -1 / root, 0]],
    )


def test_columns_are_learned_from_the_training_rows() -> None:
    spec = SampleSpec(modality="table", shape=(4,), class_names=("a", "b"), columns=COLUMNS)
    train = TrainView(spec, Samples(VALUES, np.array([0, 1, 0])))
    embedder = ColumnsExtractor().learn(train, 0, "cpu")
    features = embedder.embed(np.array([[5, 1, 1, 7.5]]))
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, [[3, 0, 0, 1, 0, np.sqrt(2), 0.5 / 7]], rtol=1e-6)
    with pytest.raises(DataError, match="reads table samples, not image samples"):
        ColumnsExtractor().learn(Material().train(), 0, "cpu")


def test_texts_that_share_words_are_near() -> None:
    spec = SampleSpec(modality="text", shape=(), class_names=("a", "b"))
    embedder = BagOfWordsExtractor().load(spec, "cpu")
    one, two, other, empty = embedder.embed(
        object_array(["The cat sat on a mat", "the CAT sat", "stocks fell sharply", "!"])
    )
    np.testing.assert_allclose(np.linalg.norm([one, two, other], axis=1), 1, rtol=1e-6)
    assert one @ two > 0.7
    assert abs(one @ other) < 0.01
    assert not empty.any()
