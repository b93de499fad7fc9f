"""Planted copies are found, fresh draws are not, and too little data is said to be too little."""

import numpy as np
import plotly.graph_objects as go
import pytest

from genaug.contracts import Evidence
from genaug.data import (
    Finding,
    Findings,
    Samples,
    SampleSpec,
)
from genaug.testing import parametrize_with_checks
from genaug.testing.evidence import context_of, evidence_of
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.validators.memorization import MemorizationValidator

SPEC = SampleSpec(modality="vector", shape=(8,), class_names=("a", "b"))


def draws(n: int, seed: int, balance: float = 0.5) -> Samples:
    """Samples of two classes; class b is wider spread, so that its nearest neighbours are farther."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) >= round(n * balance)).astype(np.int64)
    values = rng.normal(size=(n, 8)) * np.where(labels, 3.0, 1.0)[:, None] + labels[:, None] * 20
    return Samples(values.astype(np.float32), labels)


def evidence(selected: Samples, held_out: int = 200, train: int = 200) -> Evidence:
    dropped = draws(5, 99)
    samples = Samples.join([selected, dropped])
    views = (draws(train, 0), draws(held_out // 2, 1), draws(held_out - held_out // 2, 2))
    return evidence_of(SPEC, views, samples, np.arange(len(samples)) < len(selected))


def measured(selected: Samples, validator: MemorizationValidator | None = None, **sizes: int) -> Findings:
    given = evidence(selected, **sizes)
    context = context_of(given, extractor=PixelsExtractor())
    return (validator or MemorizationValidator()).measure(given, context)


def finding(found: Findings, name: str) -> Finding:
    return next(f for f in found.findings if f.name == f"{name}[selected]")


@parametrize_with_checks([MemorizationValidator()])
def test_promises(component: MemorizationValidator, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_exact_copies_are_flagged() -> None:
    found = measured(draws(200, 0).take(np.arange(40, 140)))
    assert finding(found, "exact_copies").value == 1
    assert finding(found, "near_copies").value == 1
    assert finding(found, "near_copies").reference == pytest.approx(0.05, abs=0.02)
    assert finding(found, "authenticity").value == 0
    assert finding(found, "copying_z").value < -8
    assert [w.partition(":")[0] for w in found.warnings] == ["exact copies", "near-copies", "copying"]


def test_copies_of_another_class_are_named() -> None:
    copies = draws(200, 0).take(np.arange(40, 140))
    found = measured(Samples(copies.values, 1 - copies.labels))
    (said,) = [warning for warning in found.warnings if warning.startswith("exact copies")]
    assert (
        said
        == "exact copies: 100 of 100 selected candidates are training samples, 100 of them of another class"
    )


def test_rows_of_few_values_that_are_equal_by_chance_are_no_warning() -> None:
    def rows(n: int, seed: int) -> Samples:
        values = np.random.default_rng(seed).integers(0, 2, (n, *SPEC.shape)).astype(np.float32)
        values.reshape(n, -1)[:, 5:] = 0  # 32 different samples
        return Samples(values, np.arange(n) % 2)

    evidence = evidence_of(SPEC, (rows(100, 0), rows(60, 1), rows(60, 2)), rows(80, 3))
    found = MemorizationValidator().measure(evidence, context_of(evidence, extractor=PixelsExtractor()))
    assert finding(found, "exact_copies").value > 0.5
    assert not [warning for warning in found.warnings if "copies" in warning]


def test_a_few_near_copies_among_fresh_draws_are_flagged() -> None:
    copies = draws(200, 0).take(np.arange(20, 180, 4))
    noise = np.random.default_rng(5).normal(size=copies.values.shape).astype(np.float32)
    near = Samples(copies.values + 0.01 * noise, copies.labels)
    found = measured(Samples.join([draws(160, 3), near]))
    assert finding(found, "exact_copies").value == 0
    assert finding(found, "near_copies").value > 0.2
    assert any(warning.startswith("near-copies: ") for warning in found.warnings)
    figure = found.figures[1]
    training = dict(zip(copies.ids.tolist(), near.ids.tolist(), strict=True))
    assert len(figure.pairs) == 12
    for pair in figure.pairs:  # the closest pairs are planted ones, with the sample they were copied from
        assert training[pair.training] == pair.candidate
        assert 0 < pair.distance < 0.1


@pytest.mark.parametrize("seed", range(3, 9))
def test_fresh_draws_are_not_flagged(seed: int) -> None:
    found = measured(draws(200, seed))
    assert found.warnings == ()
    assert finding(found, "near_copies").value < 0.13
    assert abs(finding(found, "copying_z").value) < 3
    assert finding(found, "authenticity").value == pytest.approx(
        finding(found, "authenticity").reference, abs=0.15
    )


@pytest.mark.parametrize("balance", [0.05, 0.95])
def test_which_classes_were_augmented_does_not_matter(balance: float) -> None:
    # Samples of one class lie three times as far from their neighbours as those of the other.
    found = measured(draws(200, 3, balance))
    assert found.warnings == ()
    assert abs(finding(found, "copying_z").value) < 3
    assert finding(found, "near_copies").per_class.keys() == {"a", "b"}


def test_the_rank_test_is_scipys_within_one_class() -> None:
    from scipy.stats import mannwhitneyu

    selected = draws(60, 3).take(np.arange(30))
    found = measured(selected, held_out=80)
    view = evidence(selected, held_out=80)
    train = view.train.samples.values.astype(float)

    def nearest_distances(values: np.ndarray) -> np.ndarray:
        return np.linalg.norm(values[:, None].astype(float) - train[None], axis=-1).min(axis=1)

    unseen = Samples.join([view.validation.samples, view.test.samples])
    own, others = nearest_distances(selected.values), nearest_distances(unseen.values[unseen.labels == 0])
    p = mannwhitneyu(own, others, alternative="less", method="asymptotic", use_continuity=False).pvalue
    from scipy.stats import norm

    assert norm.cdf(finding(found, "copying_z").value) == pytest.approx(p, rel=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_few_candidates_are_no_error(n: int) -> None:
    found = measured(draws(n, 3))
    if n == 0:
        assert found.findings == ()
        assert found.warnings[0].startswith("0 selected candidates")
    else:
        assert finding(found, "near_copies").n == n
        low, high = finding(found, "near_copies").interval
        assert 0 <= low <= high <= 1


def test_classes_without_unseen_samples_are_named() -> None:
    found = measured(draws(50, 3), held_out=6)
    assert any("fewer than 5 unseen real samples of a, b" in warning for warning in found.warnings)
    assert {f.name for f in found.findings} == {
        "exact_copies[selected]",
        "authenticity[selected]",
        "nearest_training_distance[selected]",
    }


def test_the_chart_is_a_plotly_figure_of_shares() -> None:
    found = measured(draws(200, 3))
    chart = go.Figure(found.figures[0].chart)
    assert [trace.name for trace in chart.data] == ["selected candidates", "unseen real samples"]
    for trace in chart.data:
        assert sum(trace.y) == pytest.approx(1)


def test_texts_that_occur_again_and_again_in_the_data_are_no_copies_by_themselves() -> None:
    from genaug.data.encoding import object_array
    from genaug_plugins.extractors.bag_of_words import BagOfWordsExtractor

    def texts(*content: str) -> Samples:
        return Samples(object_array(list(content)), np.arange(len(content)) % 2)

    spec = SampleSpec(modality="text", shape=(), class_names=("a", "b"))
    train = texts("very good", "not good", "very good", "not good", "a room with a view", "a noisy street")
    unseen = texts("good room", "noisy room", "a good view", "a noisy view")
    evidence = evidence_of(spec, (train, unseen, unseen), texts("very good", "not good", "a noisy street"))
    context = context_of(evidence, extractor=BagOfWordsExtractor())
    found = MemorizationValidator().measure(evidence, context)
    assert any(
        "2 of 3 selected candidates are equal to samples that occur several times" in one
        for one in found.remarks
    )
    assert any("exact copies: 1 of 3 selected candidates" in one for one in found.warnings)
