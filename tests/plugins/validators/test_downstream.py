"""The downstream validator: candidates that help, that hurt, that do nothing, and none at all."""

import dataclasses
import gc
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.contracts import Context, Evidence, Model, Predictor
from genaug.contracts.results import MemoryResults
from genaug.data import (
    Finding,
    Findings,
    Samples,
    SampleSpec,
    TestView,
    ValidationView,
    Verdict,
)
from genaug.errors import DataError, PluginFailed, WrongContract
from genaug.execution.mapping import LocalMap
from genaug.hooks import Hook, hookimpl
from genaug.testing.evidence import context_without_features, evidence_of
from genaug_plugins.evaluation.arms import BASELINES, augmented_arms, ratio_name
from genaug_plugins.evaluation.fits import fit_arms
from genaug_plugins.models.logistic_regression import LogisticRegressionModel
from genaug_plugins.tasks.classification import ClassificationTask
from genaug_plugins.validators.downstream.downstream import DownstreamValidator

SPEC = SampleSpec(modality="vector", shape=(6,), class_names=("ant", "bee", "cat"))
CENTRES = np.random.default_rng(7).normal(0, 0.8, (3, 6))


class Memory(MemoryResults):
    """Results in memory that may be told to be killed after so many fits were kept."""

    def __init__(self, saves: int = 10**6) -> None:
        super().__init__()
        self.saves = saves

    def keep(self, component: Component, key: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
        if self.saves == 0:
            raise KeyboardInterrupt
        self.saves -= 1
        super().keep(component, key, arrays)


class NoisyModel(Model):
    """Nearest class mean, with noise from the seed in the means: cheap, and random as training is."""

    name: ClassVar[str] = "noisy"
    equal_work: ClassVar[bool] = True
    noise: float = 0.05

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        jitter = np.random.default_rng(seed).normal(0, self.noise, (spec.classes, *spec.shape))
        means = [
            training.values[training.labels == c].mean(axis=0) if (training.labels == c).any() else np.inf
            for c in range(spec.classes)
        ]
        return NearestMean(np.stack([np.broadcast_to(m, spec.shape) for m in means]) + jitter)


class LoggingModel(NoisyModel):
    name: ClassVar[str] = "logging"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        made = super().fit(spec, training, seed, device)
        made.curves = lambda: {"step": np.array([5.0, 9.0]), "loss": np.array([seed % 2, 2.0])}  # type: ignore[method-assign]
        return made


class NearestMean(Predictor):
    def __init__(self, means: NDArray[np.float64]) -> None:
        self.means = means

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        distances = ((samples.values[:, None] - self.means) ** 2).sum(axis=2)
        return np.eye(len(self.means))[distances.argmin(axis=1)]


def drawn(counts: tuple[int, ...], seed: int, shuffle_labels: bool = False) -> Samples:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), counts)
    values = CENTRES[labels] + rng.normal(0, 1, (len(labels), 6))
    if shuffle_labels:
        labels = (labels + 1) % 3
    return Samples(values.astype(np.float32), labels.astype(np.int64))


def evidence(
    pool: Samples,
    kept: NDArray[np.bool_] | None = None,
    test: tuple[int, ...] = (100, 100, 100),
    train: tuple[int, ...] = (5, 5, 5),
    task: Model | None = None,
) -> Evidence:
    kept = np.ones(len(pool), dtype=np.bool_) if kept is None else kept
    views = (drawn(train, 0), drawn((2, 2, 2), 1), drawn(test, 2))
    return evidence_of(SPEC, views, pool, kept, ClassificationTask(model=task or NoisyModel()))


def context(results: Memory | None = None, hooks: Sequence[Hook] = ()) -> Context:
    return context_without_features(3, results or Memory(), hooks)


def named(findings: Findings) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings.findings}


def verdict(findings: Findings) -> Verdict:
    assert findings.verdict is not None
    assert Findings.model_validate_json(findings.model_dump_json()).model_dump_json() == (
        findings.model_dump_json()
    )
    return findings.verdict


def test_more_of_the_real_thing_helps() -> None:
    findings = DownstreamValidator().measure(evidence(drawn((100, 100, 100), 5)), context())
    said = verdict(findings)
    assert said.label == "helps"
    assert said.interval[0] > 0
    assert said.metric == "accuracy on the test view"
    found = named(findings)
    real, augmented = found["accuracy[real]"], found["accuracy[real + selected]"]
    baseline = found[f"accuracy[{said.baseline}]"]
    assert {gain.over for gain in said.gains} == {"real", "real + repeats", "real + classical"}
    assert said.gains[0].over == said.baseline
    assert augmented.value - baseline.value == pytest.approx(said.effect)
    assert augmented.reference == real.value
    gains = ", ".join(
        f"{gain.effect:+.3f} ({gain.interval[0]:+.3f} to {gain.interval[1]:+.3f}) over {gain.over}"
        for gain in said.gains
    )
    best = found[f"accuracy[{said.best_arm}]"]
    assert best.interval is not None
    assert said.sentence == (
        f"helps: accuracy {augmented.value:.3f} (real + selected) is above every cheap baseline: {gains}; "
        f"95 % intervals, 5 paired seeds, 300 test samples. Best here: {said.best_arm} ({best.value:.3f}), "
        f"{best.interval[0]:.3f} to {best.interval[1]:.3f}, above every cheap baseline"
    )
    by_class = found["balanced accuracy gain[over real]"]
    assert by_class.class_measure == "recall gain"
    assert list(by_class.per_class) == ["ant", "bee", "cat"]
    assert np.mean(list(by_class.per_class.values())) == pytest.approx(augmented.value - real.value)
    assert not [name for name in found if name.startswith("recall")]  # it is the balanced accuracy
    assert found["minimum detectable effect"].value == said.minimum_detectable_effect > 0
    assert found["accuracy[synthetic only]"].value > real.value
    assert found[f"accuracy gain[over {said.baseline}]"].interval == said.interval
    assert "by Holm for 3 comparisons" in found["accuracy gain[over real]"].note
    assert "real + random" not in str(list(found))  # everything was kept: the control would be the same


def test_what_models_log_is_drawn_for_each_arm_and_kept_with_the_fit() -> None:
    results = Memory()
    given = evidence(drawn((30, 30, 30), 5), task=LoggingModel())
    first = DownstreamValidator(seeds=3).measure(given, context(results))
    chart = first.figures[-1].chart
    assert chart is not None
    assert first.figures[-1].title == "Learning curves of the task: loss"
    assert [trace["name"] for trace in chart["data"]][:2] == ["real", "real + repeats"]
    assert chart["data"][0]["x"] == [5.0, 9.0]
    assert 0 <= chart["data"][0]["y"][0] <= 1
    assert chart["data"][0]["y"][1] == 2.0
    again = DownstreamValidator(seeds=3).measure(given, context(results))
    assert again.model_dump_json() == first.model_dump_json()


def test_the_predictions_of_single_samples_add_up_to_the_scores() -> None:
    findings = DownstreamValidator().measure(evidence(drawn((100, 100, 100), 5)), context())
    scores = named(findings)
    assert findings.predicted[0].arm == "real"
    for one in findings.predicted:
        assert sum(sum(row.values()) for row in one.counts.values()) == 5 * 300
        right = sum(row.get(name, 0) for name, row in one.counts.items())
        assert right / 1500 == pytest.approx(scores[f"accuracy[{one.arm}]"].value)
    (changes,) = findings.changes
    assert (changes.before, changes.after, changes.seeds) == ("real", "real + selected", 5)
    assert changes.to_right > changes.to_wrong
    assert changes.samples
    for changed in changes.samples:
        assert (changed.right_before > 2) != (changed.right_after > 2)
        assert (changed.after == changed.label) or (changed.before == changed.label)


def test_wrong_labels_hurt() -> None:
    findings = DownstreamValidator().measure(
        evidence(drawn((100, 100, 100), 5, shuffle_labels=True)), context()
    )
    said = verdict(findings)
    assert said.label == "hurts"
    assert said.interval[1] < 0
    assert said.sentence.startswith("hurts: accuracy ")
    assert said.baseline == "real"
    assert "(real + selected) is below real: -" in said.sentence
    assert said.best_arm in ("real", "real + repeats", "real + classical")
    assert f"Best here: {said.best_arm} (" in said.sentence


def test_copies_of_the_training_view_have_no_measurable_effect() -> None:
    findings = DownstreamValidator().measure(evidence(drawn((5, 5, 5), 0)), context())
    said = verdict(findings)
    assert said.label == "no measurable effect"
    assert said.interval[0] <= 0 <= said.interval[1]
    assert "would have been detected" in said.sentence


def test_selection_is_set_against_a_random_one_of_the_same_class_counts() -> None:
    good, bad = drawn((60, 60, 60), 5), drawn((60, 60, 60), 6, shuffle_labels=True)
    kept = np.arange(360) < 180
    findings = DownstreamValidator().measure(evidence(Samples.join([good, bad]), kept), context())
    found = named(findings)
    assert found["accuracy[real + random]"].value < found["accuracy[real + selected]"].value
    gain = found["accuracy gain[over real + random]"]
    assert gain.interval is not None
    assert gain.interval[0] > 0
    without = DownstreamValidator(random_control=False)
    names = named(without.measure(evidence(Samples.join([good, bad]), kept), context()))
    assert not [name for name in names if "random" in name]


def test_nothing_kept_is_not_enough_data() -> None:
    findings = DownstreamValidator().measure(
        evidence(drawn((5, 5, 5), 5), np.zeros(15, dtype=np.bool_)), context()
    )
    said = verdict(findings)
    assert said.label == "not enough data to say"
    assert np.isnan(said.effect)
    assert said.sentence.startswith(
        "not enough data to say: none of the 15 candidates was kept. Best here: real ("
    )
    assert said.sentence.endswith(", the only arm; a guess: too few test samples to tell what is best")
    assert said.gains == ()
    assert findings.warnings == ("no verdict: none of the 15 candidates was kept",)
    assert "accuracy[real]" in named(findings)


@pytest.mark.parametrize(
    ("test", "train", "why"),
    [
        ((10, 10, 10), (5, 5, 5), "the test view has 30 samples; 50 are needed"),
        ((0, 0, 0), (5, 5, 5), "the test view has 0 samples; 50 are needed"),
        ((1, 0, 0), (5, 5, 5), "the test view has 1 sample; 50 are needed"),
        ((50, 50, 50), (5, 0, 0), "classification needs training samples of at least two classes"),
        ((50, 50, 50), (0, 0, 0), "classification needs training samples of at least two classes"),
        ((200, 50, 3), (5, 5, 5), "a class has 3 test samples; 5 are needed"),
    ],
)
def test_too_little_data_gives_no_verdict(test: tuple[int, ...], train: tuple[int, ...], why: str) -> None:
    findings = DownstreamValidator().measure(
        evidence(drawn((50, 50, 50), 5), test=test, train=train), context()
    )
    said = verdict(findings)
    assert said.label == "not enough data to say"
    assert why in said.sentence
    assert any(warning.startswith(f"no verdict: {why}") for warning in findings.warnings)


def test_an_imbalanced_test_view_is_led_by_balanced_accuracy() -> None:
    findings = DownstreamValidator().measure(
        evidence(drawn((80, 80, 80), 5), test=(200, 60, 0), train=(30, 4, 4)), context()
    )
    assert verdict(findings).metric == "balanced accuracy on the test view"
    assert next(iter(named(findings))) == "balanced accuracy[real]"
    assert "the test view has no 'cat': that class is not measured" in findings.warnings
    assert list(named(findings)["balanced accuracy[real]"].per_class) == ["ant", "bee"]
    assert named(findings)["balanced accuracy[real]"].class_measure == "recall"


def test_candidates_of_one_class_leave_the_synthetic_arm_out() -> None:
    findings = DownstreamValidator().measure(evidence(drawn((0, 40, 0), 5)), context())
    assert "accuracy[synthetic only]" not in named(findings)
    assert "no arm 'synthetic only': the kept candidates are of one class" in findings.warnings


def test_a_killed_measurement_goes_on_to_the_same_findings() -> None:
    task = LogisticRegressionModel()
    at = evidence(drawn((30, 30, 30), 5), np.arange(90) % 2 == 0, task=task)
    whole = DownstreamValidator(seeds=3).measure(at, context())
    memory = Memory(saves=5)
    with pytest.raises(KeyboardInterrupt):
        DownstreamValidator(seeds=3).measure(at, context(memory))
    assert memory.saves == 0
    memory.saves = 13  # 3 seeds × 6 arms, less the 5 that are done: none may be done again
    assert DownstreamValidator(seeds=3).measure(at, context(memory)) == whole
    assert memory.saves == 0


class Told:
    """Hooks that record the progress of fits."""

    def __init__(self) -> None:
        self.done: list[int] = []

    def progressed(self, task: str, done: int, total: int) -> None:
        self.done.append(done)


def test_fewer_seeds_fit_nothing_and_more_seeds_their_own_alone() -> None:
    at = evidence(drawn((30, 30, 30), 5), np.arange(90) % 2 == 0, task=LogisticRegressionModel())
    memory = Memory()
    DownstreamValidator(seeds=4).measure(at, context(memory))
    memory.saves = 0
    DownstreamValidator(seeds=3).measure(at, context(memory))
    memory.saves, told = 6, Told()
    DownstreamValidator(seeds=5).measure(at, replace(context(memory), hooks=told))
    assert memory.saves == 0
    assert told.done[0] == 24  # the estimate of the time left begins behind the stored fits; before: at 0
    assert told.done[-1] == 30


def test_same_seed_same_findings_whatever_the_global_state() -> None:
    at = evidence(drawn((30, 30, 30), 5), np.arange(90) % 3 == 0)
    torch.manual_seed(1)
    first = DownstreamValidator(seeds=3).measure(at, context())
    torch.manual_seed(2)
    assert DownstreamValidator(seeds=3).measure(at, context()) == first


def test_arms_of_a_seed_are_paired() -> None:
    seeds: dict[str, list[int]] = {}

    class Watched(NoisyModel):
        def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
            seeds.setdefault(str(len(training)), []).append(seed)
            return super().fit(spec, training, seed, device)

    at = evidence(drawn((30, 30, 30), 5), task=Watched())
    DownstreamValidator(seeds=4).measure(at, context())
    assert set(seeds) == {"15", "105", "90"}
    assert seeds["105"][::3] == seeds["105"][1::3] == seeds["105"][2::3] == seeds["15"] == seeds["90"]
    assert len(set(seeds["15"])) == 4


def test_progress_counts_the_fits() -> None:
    told = []

    class Listening(Hook):
        name = "listening"

        def subscribe(self) -> object:
            return Listener()

    class Listener:
        @hookimpl
        def progressed(self, task: str, done: int, total: int) -> None:
            told.append((task, done, total))

    DownstreamValidator(seeds=3).measure(evidence(drawn((30, 30, 30), 5)), context(hooks=[Listening()]))
    assert told == [("downstream fits", done, 15) for done in range(16)]


def test_charts_are_plain_json_with_a_point_for_each_seed() -> None:
    findings = DownstreamValidator(seeds=4).measure(evidence(drawn((30, 30, 30), 5)), context())
    arms, classes = (figure.chart for figure in findings.figures)
    assert arms is not None
    assert classes is not None
    assert len(findings.model_dump_json()) < 40_000
    assert [len(trace["y"]) for trace in arms["data"]] == [4, 4, 4, 4, 4, 5, 5]
    assert arms["data"][-1]["x"] == [
        "real",
        "real + repeats",
        "real + classical",
        "real + selected",
        "synthetic only",
    ]
    assert classes["data"][0]["x"] == ["ant", "bee", "cat"]


def test_a_task_that_breaks_its_promise_is_named() -> None:
    class Short(NoisyModel):
        def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
            return NearestMean(np.zeros((2, 6)))

    with pytest.raises(PluginFailed, match="the model 'noisy' must predict finite values"):
        DownstreamValidator().measure(evidence(drawn((30, 30, 30), 5), task=Short()), context())


class ByArm(NoisyModel):
    """Right on so large a share of a view as the size of the training set says."""

    name: ClassVar[str] = "by-arm"

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        new = not set(training.ids) <= set(drawn((5, 5, 5), 0).ids)
        classical = new and np.isin(training.ids, drawn((50, 50, 50), 5).ids).sum() == 0
        return Sighted(0.9 if classical else 0.7, seed)


class Sighted(Predictor):
    """Knows the answers of the validation and the test view, as no model may; and is wrong at times."""

    def __init__(self, share: float, seed: int) -> None:
        self.share, self.seed = share, seed

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        right = np.random.default_rng(self.seed).random(len(samples)) < self.share
        return np.eye(3)[np.where(right, samples.labels, (samples.labels + 1) % 3)]


def test_the_verdict_is_against_every_cheap_arm_and_the_best_one_is_named() -> None:
    at = evidence(drawn((50, 50, 50), 5), task=ByArm())
    at = dataclasses.replace(at, validation=ValidationView(SPEC, drawn((40, 40, 40), 1)))
    findings = DownstreamValidator().measure(at, context())
    said = verdict(findings)
    # As good as real, and far below real + classical: it helps nobody, and hurts nobody either.
    assert (said.label, said.baseline) == ("no measurable effect", "real + classical")
    assert said.interval[1] < 0
    assert said.best_arm == "real + classical"
    assert said.best_score == named(findings)["accuracy[real + classical]"].value
    assert said.best_interval == named(findings)["accuracy[real + classical]"].interval
    assert said.best_choice == "chosen on the validation view"
    assert not [warning for warning in findings.warnings if "was chosen on" in warning]
    # What the test view holds plays no part in the choice.
    swapped = dataclasses.replace(at, test=TestView(SPEC, at.test.samples.take(np.arange(60))))
    assert verdict(DownstreamValidator().measure(swapped, context())).best_arm == "real + classical"


def test_the_best_ratio_and_way_to_mix_on_the_validation_view_get_the_verdict() -> None:
    good, bad = drawn((30, 30, 30), 5), drawn((300, 300, 300), 6, shuffle_labels=True)
    at = evidence(Samples.join([good, bad]))
    at = dataclasses.replace(at, validation=ValidationView(SPEC, drawn((60, 60, 60), 1)))
    findings = DownstreamValidator(seeds=3, ratios=(0.5, 2, 1000)).measure(at, context())
    said, found = verdict(findings), named(findings)
    names = ("real + selected", "real + selected, 0.5 : 1", "real + selected, 2 : 1")
    assert all(f"accuracy[{name}]" in found for name in names)
    # Nine in ten candidates are poison: few of them hurt less.
    assert said.augmented == "real + selected, 0.5 : 1"
    assert "(real + selected, 0.5 : 1) is " in said.sentence
    assert found[f"accuracy gain[over {said.baseline}]"].interval == said.interval
    assert [w for w in findings.warnings if "no arm 'real + selected, 1000 : 1': 990 candidates" in w]
    sweep = next(figure for figure in findings.figures if "ratio" in figure.title).chart
    assert sweep is not None
    assert sweep["data"][1]["x"] == [0, 0.5, 2, 66]
    assert sweep["data"][1]["y"][1] == found["accuracy[real + selected, 0.5 : 1]"].value


def test_beginnings_of_a_sweep_have_the_classes_in_their_shares() -> None:
    at = evidence(drawn((60, 30, 9), 5))
    arms = augmented_arms(at, context(), (1, 2, 4), ("replace",), 0.5)
    (some,), (more,) = (arms[ratio_name(ratio)](0) for ratio in (1, 2))
    assert set(some.ids) < set(more.ids)  # nested
    assert abs(some.per_class(3) - 5 - 15 * np.array([60, 30, 9]) / 99).max() <= 1
    (mixed,) = arms["real, in part replaced"](0)
    assert (mixed.per_class(3) == 50).all()
    replaced = ~np.isin(mixed.ids, at.train.samples.ids)
    assert 0.35 < replaced.mean() < 0.65
    assert set(mixed.ids[replaced]) <= set(at.selected.ids)
    wanted = dict(zip(at.selected.ids, at.selected.labels, strict=True))
    assert all(wanted[i] == y for i, y in zip(mixed.ids[replaced], mixed.labels[replaced], strict=True))


def test_a_task_that_cannot_be_pretrained_says_so() -> None:
    findings = DownstreamValidator(seeds=3, mixing=("replace", "pretrain")).measure(
        evidence(drawn((30, 30, 30), 5)), context()
    )
    assert "accuracy[real, in part replaced]" in named(findings)
    told = [warning for warning in findings.warnings if "'selected, then real'" in warning]
    assert told == [
        "no arm 'selected, then real': the model 'noisy' learns all its samples at once: it cannot learn 2 "
        "training sets one after another. Take one that is trained in steps (genaug plugins list "
        "--kind model)"
    ]


def test_pretraining_is_an_arm_of_tasks_that_can() -> None:
    class Patient(NoisyModel):
        name: ClassVar[str] = "patient"

        def fit_sequence(
            self, spec: SampleSpec, trainings: Sequence[Samples], seed: int, device: str
        ) -> Predictor:
            first, last = (self.fit(spec, part, seed, device) for part in trainings)
            assert isinstance(first, NearestMean)
            assert isinstance(last, NearestMean)
            return NearestMean(0.8 * first.means + 0.2 * last.means)

    at = evidence(drawn((90, 90, 90), 5), task=Patient())
    found = named(DownstreamValidator(seeds=3, mixing=("pretrain",)).measure(at, context()))
    assert found["accuracy[selected, then real]"].value > found["accuracy[real]"].value


def test_nothing_can_be_chosen_on_the_test_view() -> None:
    at = evidence(drawn((30, 30, 30), 5))
    sets = {"real": lambda seed: (at.train.samples,), "other": lambda seed: (at.selected.samples,)}
    fitted_arms = fit_arms(sets, at, context(), 3)
    assert fitted_arms.validation["real"].shape == (3, 6, 3)
    assert "test" not in {name for name in vars(fitted_arms) if not name.startswith("_")}
    test = fitted_arms.revealed("real")
    best = max(test, key=lambda arm: (test[arm].argmax(axis=2) == at.test.samples.labels).mean())
    assert best == "other"
    with pytest.raises(WrongContract, match="'real' was chosen before the test view was revealed"):
        fitted_arms.revealed(best)
    assert fitted_arms.revealed("real") is test


def test_fits_side_by_side_predict_what_fits_in_a_row_do(tmp_path: Path) -> None:
    at = evidence(drawn((30, 30, 30), 5), task=LogisticRegressionModel())
    row = DownstreamValidator(seeds=3).measure(at, context())
    side_by_side = LocalMap("cpu", 2, tmp_path, worth=0.0)
    before, memory = torch.get_num_threads(), Memory(saves=3)
    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt):  # the first fit is carried out here, two by two the others
            DownstreamValidator(seeds=3).measure(at, replace(context(memory), mapped=side_by_side))
        memory.saves = 100
        assert DownstreamValidator(seeds=3).measure(at, replace(context(memory), mapped=side_by_side)) == row
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    gc.collect()  # of what an interrupt left nothing comes back
    assert torch.get_num_threads() == before


def test_a_task_that_other_processes_cannot_import_stays_here(tmp_path: Path) -> None:
    side_by_side = replace(context(), mapped=LocalMap("cpu", 2, tmp_path, worth=0.0))
    findings = DownstreamValidator(seeds=3).measure(evidence(drawn((90, 90, 90), 5)), side_by_side)
    assert verdict(findings).label == "helps"


def test_scores_of_probabilities_are_reported_with_what_is_gained() -> None:
    at = evidence(drawn((90, 90, 90), 5), task=LogisticRegressionModel())
    found = named(DownstreamValidator(seeds=3).measure(at, context()))
    for score in ("AUROC", "average precision"):
        assert found[f"{score}[real]"].better == "higher"
        assert found[f"{score}[real + selected]"].value > found[f"{score}[real]"].value
    for score in ("log-loss", "calibration error"):
        assert found[f"{score}[real]"].better == "lower"
        gain = found[f"{score} gain[over real]"]
        assert gain.better == "higher"
        lost = found[f"{score}[real]"].value - found[f"{score}[real + selected]"].value
        assert gain.value == pytest.approx(lost)
    assert "permutation p = " in found["accuracy gain[over real]"].note
    assert "bootstrap over seeds and samples +" in found["accuracy gain[over real]"].note


def test_the_verdict_can_be_recomputed_from_the_findings() -> None:
    for pool in (drawn((90, 90, 90), 5), drawn((5, 5, 5), 0), drawn((90, 90, 90), 5, shuffle_labels=True)):
        findings = DownstreamValidator().measure(evidence(pool), context())
        said, found = verdict(findings), named(findings)
        gains = {over: found[f"accuracy gain[over {over}]"] for over in BASELINES}
        ends = {over: gain.interval or (math.nan, math.nan) for over, gain in gains.items()}
        label = "hurts" if ends["real"][1] < 0 else "no measurable effect"
        if min(low for low, _ in ends.values()) > 0:
            label = "helps"
        assert said.label == label
        decides = "real" if label == "hurts" else min(ends, key=lambda over: ends[over][0])
        assert (said.baseline, said.interval, said.effect) == (decides, ends[decides], gains[decides].value)
        for one in said.gains:
            assert (one.effect, one.interval, one.p) == (
                gains[one.over].value,
                ends[one.over],
                gains[one.over].p,
            )
            assert (one.p < 0.05) == (one.interval[0] > 0 or one.interval[1] < 0)
        arms = [found[f"accuracy[{arm}]"].value for arm in (said.augmented, said.baseline)]
        assert arms[0] - arms[1] == pytest.approx(said.effect)
        assert said.minimum_detectable_effect == found["minimum detectable effect"].value


def test_few_validation_samples_to_choose_an_arm_by_are_told_of() -> None:
    at = evidence(drawn((50, 50, 50), 5))
    findings = DownstreamValidator(seeds=3, ratios=(1,)).measure(at, context())
    assert [warning for warning in findings.warnings if "was chosen on 6 validation samples" in warning]
    one_arm = DownstreamValidator(seeds=3).measure(at, context())  # there, nothing is chosen
    assert not [warning for warning in one_arm.warnings if "was chosen on" in warning]


def test_an_arm_that_the_task_refuses_does_not_lose_the_others() -> None:
    class Refusing(NoisyModel):
        name: ClassVar[str] = "refusing"

        def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
            if len(training) == 150:
                raise DataError("150 samples are refused")
            return super().fit(spec, training, seed, device)

    findings = DownstreamValidator(seeds=3).measure(
        evidence(drawn((50, 50, 50), 5), task=Refusing()), context()
    )
    assert "no arm 'synthetic only': 150 samples are refused" in findings.warnings
    assert verdict(findings).label == "helps"


def test_refused_real_data_are_no_verdict_and_say_why() -> None:
    class Refusing(NoisyModel):
        name: ClassVar[str] = "refusing-real"

        def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
            raise DataError("these samples are refused")

    # Before: the error ended the run after all candidates had been made.
    findings = DownstreamValidator(seeds=3).measure(
        evidence(drawn((50, 50, 50), 5), task=Refusing()), context()
    )
    said = verdict(findings)
    assert said.label == "not enough data to say"
    assert "the task cannot learn the real data alone: these samples are refused" in said.sentence


def test_a_refused_selection_is_no_verdict_and_says_why() -> None:
    class Refusing(NoisyModel):
        name: ClassVar[str] = "refusing-selected"

        def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
            if set(drawn((50, 50, 50), 5).ids) < set(training.ids):
                raise DataError("these samples are refused")
            return super().fit(spec, training, seed, device)

    findings = DownstreamValidator(seeds=3).measure(
        evidence(drawn((50, 50, 50), 5), task=Refusing()), context()
    )
    said = verdict(findings)
    assert said.label == "not enough data to say"
    assert "the task rejected 'real + selected': these samples are refused" in said.sentence
    assert "accuracy[real + classical]" in named(findings)
    assert f"Best here: {said.best_arm} (" in said.sentence


def test_no_interval_is_outside_what_is_possible() -> None:
    at = evidence(drawn((40, 40, 40), 5), test=(1, 1, 0), task=LogisticRegressionModel())
    findings = DownstreamValidator(seeds=3).measure(at, context())
    assert findings.findings
    for one in findings.findings:
        if one.interval is not None and one.bounds is not None:
            low, high = one.bounds
            assert low <= one.interval[0] <= one.value <= one.interval[1] <= high, one
    assert named(findings)["accuracy[real]"].bounds == (0, 1)
    assert named(findings)["accuracy gain[over real]"].bounds == (-1, 1)
    assert named(findings)["log-loss[real]"].bounds == (0, math.inf)
    said = verdict(findings)
    assert said.label == "not enough data to say"
    assert -1 <= said.interval[0] <= said.interval[1] <= 1
