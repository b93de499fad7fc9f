"""What a task must do."""

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Task
from genaug.data import Samples
from genaug.testing.dependencies import foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness


@foundation
def scores_each_sample(task: Task, material: Material) -> None:
    """Return one finite float64 score for each sample."""
    with no_error("when it fits its model and scores predictions"):
        found = _scored(task, material)
    assert found.shape == (12,), f"scores have the shape {found.shape}, and there are 12 samples"
    assert found.dtype == np.float64, f"scores are {found.dtype}, not float64"
    assert np.isfinite(found).all(), "scores contain NaN or infinite values"


def scores_each_sample_independently(task: Task, material: Material) -> None:
    """Return the same score of a sample in any batch."""
    prediction, asked = _predicted(task, material)
    together = task.score(prediction.copy(), asked)
    alone = [task.score(prediction[row : row + 1], asked.take(np.array([row]))) for row in range(len(asked))]
    assert np.allclose(np.concatenate(alone), together), "a score depends on the samples beside it"


def scores_no_samples(task: Task, material: Material) -> None:
    """Return no scores for no samples."""
    prediction, asked = _predicted(task, material)
    with no_error("where there is nothing to score"):
        found = task.score(prediction[:0], asked.take(np.zeros(len(asked), dtype=np.bool_)))
    assert np.shape(found) == (0,), f"scores of no samples have the shape {np.shape(found)}, not (0,)"


def scores_in_its_direction(task: Task, material: Material) -> None:
    """Give learned predictions a better score, by `higher_is_better`, than predictions for other samples."""
    prediction, asked = _predicted(task, material)
    right, wrong = (
        float(task.score(given, asked).mean()) for given in (prediction, np.roll(prediction, 5, axis=0))
    )
    better, word = (right > wrong, "higher") if task.higher_is_better else (right < wrong, "lower")
    assert better, (
        f"predictions score {right:.3g}, and those of other samples {wrong:.3g}: higher_is_better is "
        f"{task.higher_is_better}, so the first should be {word}"
    )


def leaves_samples_and_predictions_alone(task: Task, material: Material) -> None:
    """Change neither what it learns from nor what it scores."""
    training = material.train().samples
    before = digest(training)
    prediction, asked = task.fit(material.spec, training, 0, "cpu"), material.test().samples
    assert digest(training) == before, "fitting changed the training samples"
    given = prediction.predict(asked)
    before = digest([given, asked])
    task.score(given, asked)
    assert digest([given, asked]) == before, "scoring changed the predictions or the samples"


def scores_without_global_randomness(task: Task, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("fitting or scoring"):
        _scored(task, material)


def _predicted(task: Task, material: Material) -> tuple[NDArray[np.float64], Samples]:
    asked = material.test().samples
    return task.fit(material.spec, material.train().samples, 0, "cpu").predict(asked), asked


def _scored(task: Task, material: Material) -> NDArray[np.float64]:
    return task.score(*_predicted(task, material))
