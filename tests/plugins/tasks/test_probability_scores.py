"""Scores of probabilities, against scikit-learn and against the bootstrap."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.metrics import log_loss as reference_log_loss

from genaug_plugins.tasks.class_scores import Score
from genaug_plugins.tasks.probability_scores import auroc, average_precision, calibration_error, log_loss

RNG = np.random.default_rng(0)
TRUTH = RNG.choice(3, size=400, p=[0.6, 0.3, 0.1])
LOGITS = 1.2 * np.eye(3)[TRUTH] + RNG.normal(size=(400, 3))
SMOOTH = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
TIED = np.round(SMOOTH, 1)


@pytest.mark.parametrize("given", [SMOOTH, TIED])
def test_the_means_are_scikit_learns_scores(given: np.ndarray) -> None:
    rest = [label == TRUTH for label in range(3)]
    areas = [roc_auc_score(own, given[:, label]) for label, own in enumerate(rest)]
    precisions = [average_precision_score(own, given[:, label]) for label, own in enumerate(rest)]
    assert auroc(TRUTH, given).mean() == pytest.approx(np.mean(areas), abs=1e-12)
    assert average_precision(TRUTH, given).mean() == pytest.approx(np.mean(precisions), abs=1e-12)
    assert log_loss(TRUTH, SMOOTH).mean() == pytest.approx(reference_log_loss(TRUTH, SMOOTH))


def test_calibration_error_is_the_binned_gap_between_confidence_and_accuracy() -> None:
    confidence, right = SMOOTH.max(axis=1), SMOOTH.argmax(axis=1) == TRUTH
    expected = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence >= low) & (confidence < low + 1 / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert calibration_error(TRUTH, SMOOTH).mean() == pytest.approx(expected)
    sure = np.eye(3)[TRUTH]
    assert calibration_error(TRUTH, sure).mean() == 0
    assert calibration_error((TRUTH + 1) % 3, sure).mean() == 1


def spreads(score: Score, given: np.ndarray) -> tuple[float, float]:
    """Return the standard error that the pseudo-values claim, and that of resampling the test view."""
    truth, given = np.tile(TRUTH, 3), np.tile(np.clip(given, 0.01, 1), (3, 1))
    rng = np.random.default_rng(1)
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(300)]
    resampled = np.std([score(truth[rows], given[rows]).mean() for rows in draws])
    return score(truth, given).std() / np.sqrt(len(truth)), float(resampled)


@pytest.mark.parametrize("score", [auroc, average_precision, log_loss])
@pytest.mark.parametrize("given", [SMOOTH, TIED])
def test_the_spread_is_what_resampling_the_test_view_gives(score: Score, given: np.ndarray) -> None:
    claimed, resampled = spreads(score, given)
    assert claimed == pytest.approx(resampled, rel=0.2)


@pytest.mark.parametrize("given", [SMOOTH, TIED])
def test_the_spread_of_the_calibration_error_is_not_understated(given: np.ndarray) -> None:
    claimed, resampled = spreads(calibration_error, given)
    assert 0.9 * resampled < claimed < 2 * resampled


def test_influences_are_derivatives_by_the_weight_of_a_sample() -> None:
    # One more copy of a sample moves the score by its influence over N, up to terms of second order.
    truth, given = np.tile(TRUTH, 5), np.tile(SMOOTH, (5, 1))
    for score in (auroc, average_precision, log_loss):
        before = score(truth, given)
        for row in (0, 7, 399):
            more = np.append(np.arange(len(truth)), row)
            moved = (score(truth[more], given[more]).mean() - before.mean()) * len(more)
            assert moved == pytest.approx(before[row] - before.mean(), rel=0.02, abs=2e-3)


def test_a_single_class_has_no_ranking() -> None:
    assert np.isnan(auroc(np.zeros(5, dtype=np.int64), SMOOTH[:5])).all()
    assert np.isnan(average_precision(np.zeros(5, dtype=np.int64), SMOOTH[:5])).all()


def test_a_probability_of_zero_costs_much_and_not_everything() -> None:
    assert log_loss(np.array([1]), np.array([[1.0, 0.0]]))[0] == pytest.approx(-np.log(1e-7))
