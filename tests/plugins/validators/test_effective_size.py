"""Fresh real samples are worth about as much as themselves, copies nothing, wrong labels less."""

import itertools
import math
from typing import ClassVar

import numpy as np
import plotly.graph_objects as go
import pytest
from scipy.stats import norm

from genaug.contracts import Model, Predictor
from genaug.data import (
    Finding,
    Findings,
    Samples,
    SampleSpec,
)
from genaug.errors import DataError
from genaug.testing.companions import NearestMeanModel
from genaug.testing.evidence import context_of, evidence_of
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.tasks.classification import ClassificationTask
from genaug_plugins.validators.effective_size.curve import Curve, subset, subset_sizes
from genaug_plugins.validators.effective_size.effective_size import EffectiveSizeValidator
from genaug_plugins.validators.effective_size.power_law import PowerLaw

D = 30
SPEC = SampleSpec(modality="vector", shape=(D,), class_names=("a", "b"))
WORTH, EQUAL = "worth_of_a_synthetic_sample", "equivalent_real_samples"


class SteadyModel(NearestMeanModel):
    """Nearest means, and no word on the work of a fit."""

    equal_work: ClassVar[bool] = True


class ShareModel(Predictor):
    """Predict so that a given share of the samples of each class is wrong."""

    def __init__(self, share: float) -> None:
        self.share = share

    def predict(self, samples: Samples) -> np.ndarray:
        wrong = np.zeros(len(samples), dtype=np.int64)
        for label in (0, 1):
            own = np.flatnonzero(samples.labels == label)
            wrong[own[: round(self.share * len(own))]] = 1
        return np.eye(2)[samples.labels ^ wrong]


class LawModel(Model):
    """Err exactly as often as a power law of the number of training samples that are worth something says."""

    name: ClassVar[str] = "law"
    equal_work: ClassVar[bool] = True
    worth: float = 1.0
    knows: float = 0.0
    """So many samples are as good as known whatever is learned from; 0: none."""

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        made = training.values[:, 0] > 100
        m = self.knows or float((~made).sum() + self.worth * made.sum())
        return ShareModel(float(LAW(m)))


LAW = PowerLaw(1.5, 0.5, 0.05)


def draws(n: int, seed: int, mark: float = 0.0) -> Samples:
    labels = np.arange(n) % 2
    values = np.random.default_rng(seed).normal(size=(n, D))
    values[:, 0] += 2 * labels - 1 + mark
    return Samples(values.astype(np.float32), labels)


def measured(
    selected: Samples,
    train: Samples | None = None,
    test: int = 1000,
    task: Model | None = None,
    **settings: object,
) -> tuple[dict[str, Finding], Findings]:
    views = (draws(64, 1) if train is None else train, draws(20, 2), draws(test, 3))
    evidence = evidence_of(SPEC, views, selected, task=ClassificationTask(model=task or SteadyModel()))
    context = context_of(evidence, extractor=PixelsExtractor())
    found = EffectiveSizeValidator(**{"resamples": 100, "seeds": 3, **settings}).measure(evidence, context)
    return {one.name: one for one in found.findings}, found


@pytest.mark.parametrize("worth", [-0.4, 0.0, 0.25, 1.0, 1.5])
def test_where_errors_are_a_power_law_the_worth_is_found_exactly(worth: float) -> None:
    by_name, found = measured(draws(64, 5, mark=500.0), test=20_000, task=LawModel(worth=worth))
    assert by_name[WORTH].value == pytest.approx(worth, abs=0.05)
    assert by_name[EQUAL].value == pytest.approx(64 + 64 * worth, abs=3)
    interval = by_name[WORTH].interval
    assert interval is not None
    assert interval[0] - 0.05 <= worth <= interval[1] + 0.05
    assert found.warnings == ()
    assert ("extrapolated" in by_name[WORTH].note) == (by_name[EQUAL].value > 64)
    assert "the noise of the draw, given the power law" in by_name[WORTH].note


def test_beyond_what_the_curve_is_followed_to_only_a_bound_is_given() -> None:
    candidates = draws(64, 5, mark=500.0)
    by_name, found = measured(candidates, test=20_000, task=LawModel(worth=5.0))
    assert by_name[f"{WORTH}[at least]"].value == 3
    assert by_name[f"{EQUAL}[at least]"].value == 256
    assert by_name[f"{WORTH}[at least]"].interval == (3, math.inf)
    assert "beyond 4 times the training view" in found.warnings[0]
    by_name, found = measured(candidates, test=20_000, task=LawModel(worth=5.0), farthest=10)
    assert by_name[WORTH].value == pytest.approx(5, rel=0.1)
    by_name, found = measured(candidates, test=20_000, task=LawModel(worth=-0.95))
    assert by_name[f"{EQUAL}[at most]"].value == 8
    assert "below the smallest subset, 8 real samples" in found.warnings[0]


def test_fresh_real_samples_come_out_near_one_on_average_and_copies_at_nothing() -> None:
    fresh = []
    for seed in range(8):
        train = draws(64, 50 + seed)
        by_name, _ = measured(draws(64, 100 + seed), train, seeds=5)
        one = next(by_name[name] for name in by_name if name.startswith(WORTH))
        assert one.interval is not None
        assert one.interval[0] <= 1 <= one.interval[1]
        fresh.append(one.value)
    assert 0.4 <= float(np.median(fresh)) <= 2
    copies, _ = measured(train, train)
    assert copies[WORTH].value == 0
    interval = copies[WORTH].interval
    assert interval is not None
    assert interval[0] < 0 < interval[1]
    wrong = draws(64, 9)
    by_name, _ = measured(Samples(wrong.values, 1 - wrong.labels), train)
    assert by_name[f"{WORTH}[at most]"].value < 0


def test_errors_of_every_size_are_told_with_intervals_and_drawn() -> None:
    by_name, found = measured(draws(64, 5))
    names = ["8 real", "16 real", "32 real", "real", "real + selected"]
    errors = [by_name[f"balanced_error[{name}]"] for name in names]
    assert [one.value for one in errors[:4]] == sorted((one.value for one in errors[:4]), reverse=True)
    # Of nearest means of 64 samples: between the best there is and what is expected of so few.
    assert norm.cdf(-1) < errors[3].value < 0.3
    chart = go.Figure(found.figures[0].chart)
    assert list(chart.data[0].x) == [8, 16, 32, 64]
    assert list(chart.data[0].y) == pytest.approx([one.value for one in errors[:4]])


def test_a_flat_curve_is_said_to_be_flat() -> None:
    by_name, found = measured(draws(64, 5), task=LawModel(knows=100))
    assert not any(name.startswith((WORTH, EQUAL)) for name in by_name)
    assert "the learning curve is flat: from 8 to 64 real samples" in found.warnings[0]
    assert [trace.name for trace in go.Figure(found.figures[0].chart).data] == [
        "real, 95 % interval",
        "real + selected",
    ]


def test_subsets_are_nested_stratified_and_leave_two_of_each_class() -> None:
    labels = np.repeat([0, 1], [40, 10]).astype(np.int64)
    train = Samples(np.arange(50, dtype=np.float32)[:, None], labels)
    sizes = subset_sizes(train, 4, 0.125)
    assert list(sizes.values()) == sorted(set(sizes.values()))
    assert next(iter(sizes)) == 0.2  # 2 of the rarer class's 10
    assert sizes[1.0] == 50
    rows = [set(subset(train, share, np.random.default_rng(3)).values[:, 0].tolist()) for share in sizes]
    for smaller, larger in itertools.pairwise(rows):
        assert smaller < larger
    first = subset(train, next(iter(sizes)), np.random.default_rng(4))
    assert first.per_class(2).tolist() == [8, 2]
    assert list(subset_sizes(draws(64, 0), 4, 0.125).values()) == [8, 16, 32, 64]
    assert len(subset_sizes(train.take(np.arange(38, 43)), 4, 0.125)) == 1


def test_the_luck_of_the_draw_is_nothing_without_spread_over_subsets() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2
    same = np.repeat((rng.random((5, 1, 400)) < 0.3).astype(float), 6, axis=1)
    assert Curve(np.array([8.0, 16, 32, 64]), same, labels, 64, 4.0).draw_variance() == 0
    # Errors over seeds of variance .01·8/m: κ = .08 (1 − m/64 of it shows), and the difference has κ/128.
    shares = [0.3 + rng.normal(0, (0.08 / m * (1 - m / 64)) ** 0.5, 3000) for m in (8, 16, 32, 64)]
    wrong = np.stack([np.repeat(s[:, None], 4, axis=1) for s in [*shares, shares[-1]]])
    curve = Curve(np.array([8.0, 16, 32, 64]), wrong, np.arange(4) % 2, 64, 4.0)
    assert curve.draw_variance() == pytest.approx(0.08 / 128, rel=0.1)


def test_the_same_seed_finds_the_same() -> None:
    assert measured(draws(64, 5))[1] == measured(draws(64, 5))[1]


class Picky(SteadyModel):
    """Refuse fewer than 10 samples."""

    name: ClassVar[str] = "picky"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        if len(training) < 10:
            raise DataError("too few")
        return super().fit(spec, training, seed, device)


def test_what_cannot_be_measured_is_said_and_raises_nothing() -> None:
    def said(selected: Samples, **rest: object) -> str:
        by_name, found = measured(selected, **rest)  # type: ignore[arg-type]
        assert by_name == {}
        assert len(found.warnings) == 1
        return found.warnings[0]

    train = draws(64, 1)
    assert "none of the 0 candidates was kept" in said(draws(0, 5))
    assert "at least two classes" in said(draws(9, 5), train=train.take(train.labels == 0))
    assert "the test view has 49 samples, 50 are needed" in said(draws(9, 5), test=49)
    assert "the rarest class of the training view has 3 samples" in said(draws(9, 5), train=draws(6, 1))
    assert "the task rejected '8 real': too few" in said(draws(9, 5), task=Picky())
