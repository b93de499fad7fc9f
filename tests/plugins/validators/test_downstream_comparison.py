"""The downstream validator as a bake-off's protocol: who wins, on which view, and what it costs."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.contracts import Context, Evidence, Model, Predictor
from genaug.contracts.results import MemoryResults
from genaug.data import (
    Pool,
    Samples,
    SampleSpec,
    Selection,
)
from genaug.data.comparison import EVERYTHING, RANDOM, REAL, Comparison
from genaug.errors import DataError, PluginFailed
from genaug.testing.evidence import context_without_features, evidence_of
from genaug_plugins.evaluation.scoring import Scoring
from genaug_plugins.tasks.classification import ClassificationTask
from genaug_plugins.validators.downstream.choice import chosen
from genaug_plugins.validators.downstream.downstream import DownstreamValidator

SPEC = SampleSpec(modality="vector", shape=(6,), class_names=("ant", "bee", "cat"))
CENTRES = np.random.default_rng(7).normal(0, 0.8, (3, 6))
FITS: list[int] = []
"""The size of every training set that was fitted."""


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
    """Nearest class mean, with noise from the seed in the means; refuses sizes it is told to."""

    name: ClassVar[str] = "noisy"
    equal_work: ClassVar[bool] = True
    refuses: tuple[int, ...] = ()

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        FITS.append(len(training))
        if len(training) in self.refuses:
            raise DataError(f"{len(training)} samples are refused")
        jitter = np.random.default_rng(seed).normal(0, 0.05, (spec.classes, *spec.shape))
        means = np.stack([training.values[training.labels == c].mean(axis=0) for c in range(spec.classes)])
        return NearestMean(means + jitter)


class NearestMean(Predictor):
    def __init__(self, means: NDArray[np.float64]) -> None:
        self.means = means

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        distances = ((samples.values[:, None] - self.means) ** 2).sum(axis=2)
        return np.eye(len(self.means))[distances.argmin(axis=1)]


def drawn(per_class: int, seed: int, shuffle_labels: bool = False) -> Samples:
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), per_class)
    values = CENTRES[labels] + rng.normal(0, 1, (len(labels), 6))
    if shuffle_labels:
        labels = (labels + 1) % 3
    return Samples(values.astype(np.float32), labels.astype(np.int64))


GOOD, BAD = drawn(60, 5), drawn(60, 6, shuffle_labels=True)
POOL = Samples.join([GOOD, BAD])  # 180 that help, 180 that hurt
ROWS = np.arange(360)


def evidences(
    chains: Mapping[str, NDArray[np.bool_]],
    task: Model | None = None,
    train: Samples | None = None,
    validation: Samples | None = None,
    test: Samples | None = None,
    steps: Mapping[str, int] | None = None,
) -> dict[str, Evidence]:
    views = (
        drawn(2, 0) if train is None else train,
        drawn(100, 1) if validation is None else validation,
        drawn(100, 2) if test is None else test,
    )
    of_all = ClassificationTask(model=task or NoisyModel())
    found = {EVERYTHING: evidence_of(SPEC, views, POOL, task=of_all)}
    for name, kept in chains.items():
        found[name] = evidence_of(SPEC, views, POOL, kept, of_all)
        funnel = found[name].funnel
        for number in range((steps or {}).get(name, 1) - 1):
            left = np.ones(int(kept.sum()), dtype=np.bool_)
            funnel = funnel.then(f"idle {number}", Selection(left, np.where(left, "", "dropped")))
        found[name] = dataclasses.replace(found[name], funnel=funnel)
    return found


def context(results: Memory | None = None) -> Context:
    return context_without_features(3, results or Memory())


def compared(found: Mapping[str, Evidence], memory: Memory | None = None, seeds: int = 4) -> Comparison:
    FITS.clear()
    comparison = DownstreamValidator(seeds=seeds).compare(found, context(memory))
    again = Comparison.model_validate_json(comparison.model_dump_json())
    assert again.model_dump_json() == comparison.model_dump_json()
    return comparison


CHAINS = {"good": ROWS < 180, "bad": ROWS >= 180, "mixed": ROWS % 2 == 0}


def test_what_helps_is_recommended_and_what_hurts_is_last() -> None:
    found = compared(evidences(CHAINS))
    assert found.recommended == "good"
    assert found.rows[0].name == "good"
    assert found.rows[-1].name == "bad"
    good = found.row("good")
    assert good.kept == 180
    assert good.kept_per_class == {"ant": 60, "bee": 60, "cat": 60}
    for over in (EVERYTHING, RANDOM, REAL):
        gain = good.gain(over)
        assert gain is not None
        assert gain.interval[0] > 0, over
        assert gain.p < 0.05
    assert found.row(EVERYTHING).gain(REAL) is not None
    assert found.row(EVERYTHING).gain(EVERYTHING) is None
    assert found.row(REAL).test_gains == ()
    worse = found.row("bad").gain(REAL)
    assert worse is not None
    assert worse.interval[1] < 0
    assert found.sentence.startswith("recommended: good: accuracy 0.")
    assert "over random at equal size" in found.sentence
    assert found.sentence.endswith("; 4 paired seeds")


def test_gains_are_the_differences_of_the_scores() -> None:
    found = compared(evidences(CHAINS))
    for row in found.rows:
        for gains, view in ((row.validation_gains, "validation"), (row.test_gains, "test")):
            for gain in gains:
                if gain.over != RANDOM:
                    other = getattr(found.row(gain.over), view)
                    assert getattr(row, view).value - other.value == pytest.approx(gain.value)


def test_nothing_is_chosen_on_the_test_view() -> None:
    """Whatever the test samples and their labels are, the recommendation and its grounds stay."""
    grounds = []
    test = drawn(100, 2)
    rng = np.random.default_rng(0)
    for view in (
        test,
        Samples(test.values, rng.permutation(test.labels)),
        Samples(test.values, (test.labels + 1) % 3),
        drawn(100, 77, shuffle_labels=True),
    ):
        found = compared(evidences(CHAINS, test=view))
        grounds.append((found.recommended, [(row.name, row.validation) for row in found.rows]))
        grounds.append((found.recommended, [(row.name, row.validation) for row in found.rows]))
    assert all(one == grounds[0] for one in grounds)
    assert found.row("good").test != compared(evidences(CHAINS)).row("good").test


def test_labels_of_the_validation_view_do_decide() -> None:
    view = drawn(60, 1)
    turned = Samples(view.values, (view.labels + 1) % 3)
    assert compared(evidences(CHAINS, validation=turned)).recommended == "bad"


def test_what_is_not_better_is_not_taken_before_what_is_simpler() -> None:
    """Chains that keep the same score the same: the shorter one is taken, whatever its place."""
    chains = {"long": ROWS < 180, "short": ROWS < 180}
    found = compared(evidences(chains, steps={"long": 3}))
    assert found.recommended == "short"
    found = compared(evidences(dict(reversed(chains.items())), steps={"long": 2}))
    assert found.recommended == "short"
    copies = Samples.join([drawn(2, 0)] * 60)
    nothing_new = evidences({"idle": ROWS < 180})
    for name, one in nothing_new.items():
        pool = Pool(SPEC, copies, one.pool.origins, one.pool.origin, one.pool.position)
        nothing_new[name] = Evidence(one.train, one.validation, one.test, pool, one.funnel, one.task)
    found = compared(nothing_new)
    assert found.recommended == REAL
    assert "do not augment (real only)" in found.sentence


def test_a_noisy_contender_is_not_chosen_because_of_noise() -> None:
    """Everything is all over the place from seed to seed; real only is steady, and a little better."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(2), 100)
    view = Samples(np.zeros((200, 6), dtype=np.float32), truth)
    task = ClassificationTask()

    def right(share: float) -> NDArray[np.int64]:
        return np.where(rng.permutation(200) < round(200 * share), truth, 1 - truth)

    def sure(classes: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.eye(2, dtype=np.float32)[classes]

    steady = np.stack([right(0.7)] * 4)
    noisy = np.stack([right(share) for share in (0.9, 0.45, 0.9, 0.45)])
    better = np.stack([np.where(np.arange(200) % 20 == 0, truth, row) for row in steady])
    arms = {REAL: steady, EVERYTHING: noisy, "chain": better}
    scoring = Scoring(task, view, ("a", "b"), {name: sure(rows) for name, rows in arms.items()})
    assert chosen(scoring, "accuracy", {"chain": 1}).name == "chain"
    without = Scoring(task, view, ("a", "b"), {REAL: sure(steady), EVERYTHING: sure(noisy)})
    assert chosen(without, "accuracy", {}).name == REAL
    same = Scoring(task, view, ("a", "b"), dict.fromkeys((REAL, EVERYTHING, "chain"), sure(steady)))
    choice = chosen(same, "accuracy", {"chain": 1})
    assert (choice.name, choice.best, choice.behind) == (REAL, REAL, 0.0)


def test_equal_training_sets_are_fitted_once() -> None:
    found = compared(evidences({"a": ROWS < 180, "b": ROWS < 180, "c": ROWS >= 180}), seeds=3)
    # real, everything, a (= b), c, and one control: all three chains keep 60 of each class
    assert len(FITS) == 5 * 3
    assert found.row("a").test == found.row("b").test


def test_another_chain_costs_its_own_fits_alone() -> None:
    memory = Memory()
    compared(evidences({"a": ROWS < 180}), memory, seeds=3)
    assert len(FITS) == 4 * 3
    compared(evidences({"a": ROWS < 180, "b": ROWS % 3 == 0}), memory, seeds=3)
    assert len(FITS) == 2 * 3
    compared(evidences({"b": ROWS % 3 == 0}), memory, seeds=4)
    assert len(FITS) == 4


def test_a_killed_comparison_goes_on_and_ends_the_same() -> None:
    whole = compared(evidences(CHAINS), seeds=3)
    fits = len(FITS)
    memory = Memory(saves=7)
    with pytest.raises(KeyboardInterrupt):
        compared(evidences(CHAINS), memory, seeds=3)
    memory.saves = 10**6
    assert compared(evidences(CHAINS), memory, seeds=3) == whole
    assert len(FITS) == fits - 7


def test_a_chain_that_fails_or_keeps_nothing_loses_only_itself() -> None:
    chains = {**CHAINS, "none": ROWS < 0, "refused": ROWS < 3}
    found = compared(evidences(chains, task=NoisyModel(refuses=(6 + 3,))))
    assert found.recommended == "good"
    assert found.row("none").problem == "kept none of 360 candidates"
    assert found.row("refused").problem == "9 samples are refused"
    assert [row.name for row in found.rows][-2:] == ["none", "refused"]
    assert found.row("refused").test is None


def test_a_task_that_refuses_the_real_data_recommends_nothing_and_says_why() -> None:
    found = compared(evidences(CHAINS, task=NoisyModel(refuses=(6,))))
    assert found.recommended is None
    assert "6 samples are refused" in found.sentence


def test_a_model_that_breaks_its_contract_is_named() -> None:
    class Wrong(NoisyModel):
        def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
            return NearestMean(np.zeros((2, 6)))

    with pytest.raises(PluginFailed, match="must predict finite values"):
        compared(evidences(CHAINS, task=Wrong()))


def test_an_unbalanced_view_is_led_by_balanced_accuracy() -> None:
    view = drawn(60, 1)
    rare = view.take(np.flatnonzero((view.labels > 0) | (np.arange(180) < 20)))
    assert compared(evidences(CHAINS)).metric == "accuracy"
    assert compared(evidences(CHAINS, validation=rare)).metric == "balanced accuracy"
    assert compared(evidences(CHAINS, test=rare)).metric == "balanced accuracy"


def test_too_little_to_choose_by_is_said() -> None:
    few = compared(evidences(CHAINS, validation=drawn(4, 1)))
    assert few.recommended is not None
    assert "12 validation samples, too few for a reliable choice" in few.sentence
    assert few.warnings == ("the validation view has 12 samples: 50 or more are recommended",)
    none = compared(evidences(CHAINS, validation=drawn(0, 1)))
    assert none.recommended is None
    assert none.sentence.startswith("no recommendation: the validation view has 0 samples")
    assert none.row("good").test is not None
    unreported = compared(evidences(CHAINS, test=drawn(0, 2)))
    assert unreported.recommended == "good"
    assert unreported.sentence.endswith("not reported: the test view has 0 samples")
    one_class = drawn(2, 0).take(np.arange(2))
    lost = compared(evidences(CHAINS, train=one_class))
    assert lost.recommended is None
    assert lost.sentence.startswith("no recommendation: classification needs training samples of at least")
    assert all(row.problem for row in lost.rows)


def test_a_chain_that_keeps_all_of_its_classes_has_no_control() -> None:
    ants = POOL.labels == 0
    found = compared(evidences({"ants": ants}))
    assert found.row("ants").gain(RANDOM) is None
    assert found.row("ants").gain(REAL) is not None
