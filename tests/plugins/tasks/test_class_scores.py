"""Scores of classifiers, against scikit-learn and against the bootstrap."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from genaug_plugins.tasks.class_scores import Score, accuracy, balanced_accuracy, macro_f1

RNG = np.random.default_rng(0)
TRUTH = RNG.choice(4, size=300, p=[0.6, 0.3, 0.08, 0.02])
PREDICTED = np.where(RNG.random(300) < 0.7, TRUTH, RNG.integers(0, 4, 300))


def test_the_means_are_scikit_learns_scores() -> None:
    assert accuracy(TRUTH, PREDICTED).mean() == pytest.approx(accuracy_score(TRUTH, PREDICTED))
    assert balanced_accuracy(TRUTH, PREDICTED).mean() == pytest.approx(
        balanced_accuracy_score(TRUTH, PREDICTED)
    )
    assert macro_f1(TRUTH, PREDICTED).mean() == pytest.approx(f1_score(TRUTH, PREDICTED, average="macro"))


def test_only_classes_of_the_truth_count() -> None:
    truth, predicted = np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2])
    assert balanced_accuracy(truth, predicted).mean() == pytest.approx(0.75)
    assert macro_f1(truth, predicted).mean() == pytest.approx((2 / 3 + 1) / 2)


@pytest.mark.parametrize("score", [accuracy, balanced_accuracy, macro_f1])
def test_the_spread_is_what_resampling_the_test_view_gives(score: Score) -> None:
    truth, predicted = (np.tile(labels, 4) for labels in (TRUTH, PREDICTED))
    claimed = score(truth, predicted).std() / np.sqrt(len(truth))
    rng = np.random.default_rng(1)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(400)]
    resampled = np.std([score(truth[rows], predicted[rows]).mean() for rows in draws])
    assert claimed == pytest.approx(resampled, rel=0.15)
