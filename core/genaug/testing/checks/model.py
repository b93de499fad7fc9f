"""What a model must do."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Model
from genaug.data import Samples
from genaug.errors import DataError
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness

NEAR = 1e-4


@foundation
def predicts_what_its_task_scores(model: Model, material: Material) -> None:
    """Return float64 probabilities of every class, rows summing to 1, or finite numbers for targets."""
    with no_error("when it is fitted and predicts"):
        found = _predicted(model, material.train().samples, material)
    wanted = (12, *_shape(material))
    assert found.shape == wanted, (
        f"predictions have the shape {found.shape}, not {wanted}: a row a sample, a column a class"
    )
    if material.targets:
        assert found.dtype == np.float64, f"predictions are {found.dtype}"
        assert np.isfinite(found).all(), "a prediction is infinite or NaN"
        return
    assert found.dtype == np.float64, f"probabilities are {found.dtype}"
    assert (found >= 0).all(), "a probability is negative or NaN"
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-6, "rows do not sum to 1"


@depends_on("leaves_global_randomness_alone")
def learns_the_same_twice(model: Model, material: Material) -> None:
    """Predict the same after each fit with one seed."""
    first = _predicted(model, material.train().samples, material)
    with other_global_randomness():
        again = _predicted(model, material.train().samples, material)
    assert digest(again) == digest(first), "two fits with one seed predict differently"


def copes_with_a_class_missing_in_training(model: Model, material: Material) -> None:
    """Learn where the training set lacks a class, and predict a column for every class."""
    samples = material.train().samples
    with no_error("where the training set lacks a class"):
        found = _predicted(model, samples.take(samples.labels != 1), material)
    wanted = (12, *_shape(material))
    assert found.shape == wanted, f"predictions have the shape {found.shape}, not {wanted}"


def copes_with_nothing_to_predict(model: Model, material: Material) -> None:
    """Return an empty array for no samples."""
    predictor = model.fit(material.spec, material.train().samples, 0, "cpu")
    with no_error("where there is nothing to predict"):
        found = predictor.predict(material.test().samples.take(np.zeros(12, dtype=np.bool_)))
    assert found.shape == (0, *_shape(material)), f"no samples give {found.shape}"


def does_not_read_labels(model: Model, material: Material) -> None:
    """Predict from the values alone."""
    predictor, asked = model.fit(material.spec, material.train().samples, 0, "cpu"), material.test().samples
    blind = Samples(asked.values, (asked.labels + 1) % material.spec.classes)
    assert np.array_equal(predictor.predict(asked), predictor.predict(blind)), (
        "other labels lead to other predictions"
    )


def predicts_each_sample_alone(model: Model, material: Material) -> None:
    """Predict the same for a sample in any batch."""
    predictor, asked = model.fit(material.spec, material.train().samples, 0, "cpu"), material.test().samples
    together = predictor.predict(asked)
    alone = np.concatenate([predictor.predict(asked.take(np.array([row]))) for row in range(len(asked))])
    assert np.abs(together - alone).max() < NEAR, "a prediction depends on the samples beside it"


def has_features_of_each_sample_alone(model: Model, material: Material) -> None:
    """Return finite float32 features, one row a sample, the same beside others; or None."""
    predictor, asked = model.fit(material.spec, material.train().samples, 0, "cpu"), material.test().samples
    found = predictor.features(asked)
    if found is None:
        return
    assert found.ndim == 2, f"features have {found.ndim} axes, not [N, D]"
    assert len(found) == len(asked), f"{len(found)} rows of features for {len(asked)} samples"
    assert found.dtype == np.float32, f"features are {found.dtype}"
    assert np.isfinite(found).all(), "features contain NaN or infinite values"
    alone = predictor.features(asked.take(np.array([0])))
    assert alone is not None, "features are there for some samples, and not for others"
    near = 1e-4 * (1e-6 + float(np.abs(found).max()))
    assert np.abs(alone[0] - found[0]).max() <= near, "a sample's features depend on the samples beside it"


@depends_on("learns_the_same_twice")
def learns_the_soft_labels_that_it_says_it_learns(model: Model, material: Material) -> None:
    """Predict from whole soft labels what labels teach, and something else from others, where it says so."""
    samples, classes = material.train().samples, material.spec.classes
    if material.targets or not model.learns_soft_labels(material.spec):
        return
    shares = samples.class_shares(classes)
    whole = replace(samples, soft_labels=shares)
    others = replace(samples, soft_labels=(0.6 * shares + 0.4 * np.roll(shares, 1, axis=1)))
    hard = _predicted(model, samples, material)
    away = np.abs(_predicted(model, whole, material) - hard).max()
    assert away < NEAR, f"soft labels of a single class change a prediction by {away:.3g}"
    away = np.abs(_predicted(model, others, material) - hard).max()
    assert away > NEAR, "it says that it learns soft labels, and predicts as without them"


@depends_on("learns_the_same_twice")
def learns_a_sequence_of_one_as_it_fits(model: Model, material: Material) -> None:
    """Predict, where it learns sequences, after one training set what it predicts after `fit` to it."""
    found = _in_sequence(model, [material.train().samples], material)
    assert found is None or digest(found) == digest(_predicted(model, material.train().samples, material)), (
        "fit_sequence with one training set predicts something else than fit"
    )


@depends_on("learns_a_sequence_the_same_twice")
def learns_from_every_training_set_of_a_sequence(model: Model, material: Material) -> None:
    """Predict, where it learns sequences, something else once any of the training sets is another."""
    train, other = material.train().samples, material.pool().samples
    found = _in_sequence(model, [train, other], material)
    if found is None:
        return
    assert digest(found) != digest(_in_sequence(model, [other, other], material)), (
        "what is learned first leaves no trace"
    )
    assert digest(found) != digest(_in_sequence(model, [train, train], material)), (
        "what is learned last leaves no trace"
    )


@depends_on("learns_the_same_twice", "learns_a_sequence_of_one_as_it_fits")
def learns_a_sequence_the_same_twice(model: Model, material: Material) -> None:
    """Predict, where it learns sequences, the same from the same training sets and seed."""
    trainings = [material.pool().samples, material.train().samples]
    first = _in_sequence(model, trainings, material)
    with no_global_randomness("learning a sequence"):
        again = _in_sequence(model, trainings, material)
    assert digest(again) == digest(first), "learning a sequence twice with one seed predicts differently"


def leaves_its_samples_alone(model: Model, material: Material) -> None:
    """Change neither what it learns from nor what it predicts."""
    training, asked = material.train().samples, material.test().samples
    before = digest([training, asked])
    model.fit(material.spec, training, 0, "cpu").predict(asked)
    assert digest([training, asked]) == before, "fitting or predicting changed the samples"


def leaves_global_randomness_alone(model: Model, material: Material) -> None:
    """Leave the global random generators as they were."""
    with no_global_randomness("fitting or predicting"):
        _predicted(model, material.train().samples, material)


def _shape(material: Material) -> tuple[int, ...]:
    """Return the shape of one prediction."""
    return () if material.targets else (material.spec.classes,)


def _in_sequence(
    model: Model, trainings: Sequence[Samples], material: Material
) -> NDArray[np.float64] | None:
    """Return predictions; None where it refuses, because it learns all samples at once."""
    try:
        predictor = model.fit_sequence(material.spec, trainings, 0, "cpu")
    except DataError:
        return None
    return predictor.predict(material.test().samples)


def _predicted(model: Model, training: Samples, material: Material) -> NDArray[np.float64]:
    return model.fit(material.spec, training, 0, "cpu").predict(material.test().samples)
