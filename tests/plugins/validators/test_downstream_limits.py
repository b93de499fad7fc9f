"""Where nothing is left to gain, or nothing was learned, the verdict says so."""

import numpy as np
import pytest

from genaug.data import Samples, SampleSpec
from genaug.testing.evidence import context_without_features, evidence_of
from genaug_plugins.evaluation.scoring import Scoring
from genaug_plugins.exporters.html_report.summary import LIMITS, summary
from genaug_plugins.models.logistic_regression import LogisticRegressionModel
from genaug_plugins.tasks.classification import ClassificationTask
from genaug_plugins.validators.downstream.downstream import DownstreamValidator
from genaug_plugins.validators.downstream.limits import limit

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("common", "rare"))


def scoring(counts: tuple[int, int], wrong: tuple[int, int], seeds: int = 5) -> Scoring:
    """Return the scores of an arm that is wrong about the first samples of each class, the same each seed."""
    labels = np.repeat([0, 1], counts)
    predicted = labels.copy()
    predicted[: wrong[0]] = 1
    predicted[counts[0] : counts[0] + wrong[1]] = 0
    samples = Samples(np.zeros((len(labels), 2), dtype=np.float32), labels)
    arms = {"real": np.eye(2)[np.tile(predicted, (seeds, 1))]}
    return Scoring(ClassificationTask(), samples, SPEC.class_names, arms)


@pytest.mark.parametrize(
    ("counts", "wrong", "kind"),
    [
        ((100, 100), (0, 0), "ceiling"),
        ((100, 100), (1, 1), "ceiling"),
        ((100, 100), (8, 8), None),
        ((5000, 5000), (1, 1), "ceiling"),
        ((5000, 5000), (40, 40), None),  # .992, but 80 samples are left
        ((81, 9), (0, 0), "ceiling"),
        ((114, 6), (0, 0), "ceiling"),
        ((81, 9), (0, 2), None),  # two errors are a fifth of the rare class
        ((100, 100), (50, 50), "chance"),
        ((100, 100), (45, 45), "chance"),
        ((100, 100), (35, 35), None),
        ((114, 6), (0, 6), "chance"),
        ((114, 6), (20, 3), "chance"),
        ((114, 6), (0, 2), "chance"),  # 0.833, but 0.494 to 0.962
        ((114, 6), (0, 1), None),
    ],
)
def test_the_limit_follows_from_the_interval(
    counts: tuple[int, int], wrong: tuple[int, int], kind: str | None
) -> None:
    leading = ClassificationTask().leading(scoring(counts, wrong).samples)
    found = limit(scoring(counts, wrong), leading)
    assert (found and found.kind) == kind


def rows(n: int, seed: int, distance: float) -> Samples:
    labels = np.arange(n) % 2
    values = np.random.default_rng(seed).normal(distance * labels[:, None], 1.0, (n, 2))
    return Samples(values.astype(np.float32), labels.astype(np.int64))


@pytest.mark.parametrize(
    ("distance", "kind", "said"),
    [
        (20.0, "ceiling", "real alone already has accuracy 1.000"),
        (0.0, "chance", "no training set is clearly better than always guessing the same class"),
    ],
)
def test_it_stands_beside_the_verdict_and_is_the_next_step(distance: float, kind: str, said: str) -> None:
    views = (rows(60, 0, distance), rows(60, 1, distance), rows(60, 2, distance))
    task = ClassificationTask(model=LogisticRegressionModel())
    found = DownstreamValidator(seeds=3).measure(
        evidence_of(SPEC, views, rows(40, 9, distance), task=task),
        context_without_features(0),
    )
    (caution,) = found.cautions
    assert caution.startswith(said)
    assert found.verdict is not None
    assert found.verdict.limit == kind
    step = LIMITS[kind].format(best=found.verdict.best_arm)
    assert summary(found.verdict).step == step
    assert summary(found.verdict.model_copy(update={"limit": ""})).step != step
