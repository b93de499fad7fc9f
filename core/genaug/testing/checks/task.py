"""What a task and its model promise."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Task
from genaug.data import Samples
from genaug.errors import DataError
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness

NEAR = 1e-4


def predicts_probabilities(task: Task, material: Material) -> None:
    """Return float64 probabilities of every class; rows sum to 1."""
    found = _predicted(task, material.train().samples, material)
    assert found.shape == (12, material.spec.classes), (
        f"{found.shape} for 12 samples of {material.spec.classes} classes"
    )
    assert found.dtype == np.float64, f"probabilities are {found.dtype}"
    assert (found >= 0).all(), "a probability is negative or NaN"
    assert np.abs(found.sum(axis=1) - 1).max() < 1e-6, "rows do not sum to 1"


def learns_the_same_twice(task: Task, material: Material) -> None:
    """Predict the same after each fit with one seed."""
    first = _predicted(task, material.train().samples, material)
    with other_global_randomness():
        again = _predicted(task, material.train().samples, material)
    assert digest(again) == digest(first), "two fits with one seed predict differently"


def copes_with_a_class_missing_in_training(task: Task, material: Material) -> None:
    """Learn where the training set lacks a class, and still give every class a column."""
    samples = material.train().samples
    with no_error("where the training set lacks a class"):
        found = _predicted(task, samples.take(samples.labels != 1), material)
    assert found.shape == (12, material.spec.classes)


def copes_with_nothing_to_predict(task: Task, material: Material) -> None:
    """Return an empty table for no samples."""
    model = task.fit(material.spec, material.train().samples, 0, "cpu")
    with no_error("where there is nothing to predict"):
        found = model.predict(material.test().samples.take(np.zeros(12, dtype=np.bool_)))
    assert found.shape == (0, material.spec.classes), f"{found.shape} for no samples"


def does_not_look_at_labels(task: Task, material: Material) -> None:
    """Predict from the values alone."""
    model, asked = task.fit(material.spec, material.train().samples, 0, "cpu"), material.test().samples
    blind = Samples(asked.values, (asked.labels + 1) % material.spec.classes)
    assert np.array_equal(model.predict(asked), model.predict(blind)), (
        "other labels lead to other predictions"
    )


def predicts_each_sample_alone(task: Task, material: Material) -> None:
    """Predict the same for a sample whatever lies beside it."""
    model, asked = task.fit(material.spec, material.train().samples, 0, "cpu"), material.test().samples
    together = model.predict(asked)
    apart = np.concatenate([model.predict(asked.take(np.array([row]))) for row in range(len(asked))])
    assert np.abs(together - apart).max() < NEAR, "a prediction depends on the samples beside it"


def has_features_of_each_sample_alone(task: Task, material: Material) -> None:
    """Return finite float32 features, one row a sample, the same beside others; or None."""
    model, asked = task.fit(material.spec, material.train().samples, 0, "cpu"), material.test().samples
    found = model.features(asked)
    if found is None:
        return
    assert found.ndim == 2, f"features have {found.ndim} axes, not [N, D]"
    assert len(found) == len(asked), f"{len(found)} rows of features for {len(asked)} samples"
    assert found.dtype == np.float32, f"features are {found.dtype}"
    assert np.isfinite(found).all(), "features hold NaN or infinite values"
    alone = model.features(asked.take(np.array([0])))
    assert alone is not None, "features are there for some samples, and not for others"
    near = 1e-4 * (1e-6 + float(np.abs(found).max()))
    assert np.abs(alone[0] - found[0]).max() <= near, "a sample's features depend on the samples beside it"


def learns_one_part_in_turn_as_it_fits(task: Task, material: Material) -> None:
    """Predict, where it learns in turn, after one training set what it predicts after `fit` to it."""
    train = material.train().samples
    found = _predicted_in_turn(task, [train], material)
    assert found is None or digest(found) == digest(_predicted(task, train, material)), (
        "fit_in_turn with one training set predicts something else than fit"
    )


def learns_in_turn_from_every_part(task: Task, material: Material) -> None:
    """Predict, where it learns in turn, something else once any of the training sets is another."""
    train, other = material.train().samples, material.pool().samples
    found = _predicted_in_turn(task, [train, other], material)
    if found is None:
        return
    assert digest(found) != digest(_predicted_in_turn(task, [other, other], material)), (
        "what is learned first leaves no trace"
    )
    assert digest(found) != digest(_predicted_in_turn(task, [train, train], material)), (
        "what is learned last leaves no trace"
    )


def learns_in_turn_the_same_twice(task: Task, material: Material) -> None:
    """Predict, where it learns in turn, the same from the same training sets and seed."""
    parts = [material.pool().samples, material.train().samples]
    first = _predicted_in_turn(task, parts, material)
    with no_global_randomness("learning in turn"):
        again = _predicted_in_turn(task, parts, material)
    assert digest(again) == digest(first), "learning in turn twice with one seed predicts differently"


def leaves_its_samples_alone(task: Task, material: Material) -> None:
    """Change neither what it learns from nor what it predicts."""
    training, asked = material.train().samples, material.test().samples
    before = digest([training, asked])
    task.fit(material.spec, training, 0, "cpu").predict(asked)
    assert digest([training, asked]) == before


def leaves_global_randomness_alone(task: Task, material: Material) -> None:
    """Leave the global random generators as they were."""
    with no_global_randomness("fitting or predicting"):
        _predicted(task, material.train().samples, material)


def _predicted_in_turn(
    task: Task, parts: Sequence[Samples], material: Material
) -> NDArray[np.float64] | None:
    """Return predictions; None where the task learns all at once, and says so."""
    try:
        model = task.fit_in_turn(material.spec, parts, 0, "cpu")
    except DataError:
        return None
    return model.predict(material.test().samples)


def _predicted(task: Task, training: Samples, material: Material) -> NDArray[np.float64]:
    return task.fit(material.spec, training, 0, "cpu").predict(material.test().samples)
