"""A data set in a feature space."""

import numpy as np
import pytest
from pydantic import ValidationError

from genaug import Registry
from genaug_plugins.sources.features import FeaturesSource


def source(extractor: str, **settings: object) -> FeaturesSource:
    registry = Registry.installed()
    return FeaturesSource.model_validate(
        {"source": {"use": "sklearn-digits"}, "extractor": {"use": extractor, **settings}},
        context={"registry": registry},
    )


def test_features_are_vectors_with_the_labels_and_origins_of_their_samples() -> None:
    features = source("pixels")
    found, plain = features.load(), features.source.load()
    assert found.spec.modality == "vector"
    assert found.spec.shape == (64,)
    assert np.array_equal(found.samples.values, plain.samples.values.reshape(len(plain.samples), -1))
    assert np.array_equal(found.samples.labels, plain.samples.labels)
    assert found.origins is plain.origins or np.array_equal(found.origins, plain.origins)  # type: ignore[arg-type]
    assert found.spec.details["extractor.model"] == "pixels"


def test_an_extractor_that_learns_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"'standardized' is trained on training samples.*held-out"):
        source("standardized")
