"""Count how often the verdict is right, wrong or silent where the truth is known.

Run: python docs/benchmarks/calibration.py --out docs/benchmarks

It writes ``calibration.json`` and ``calibration.md``; some twenty-five minutes on two cores. Each trial
draws a data set anew from a known distribution, makes a pool whose worth is known, and asks the validator
`downstream` for its verdict.
"""

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.linear_model import SGDClassifier

from genaug.contracts import Context, Evidence, Model, Predictor
from genaug.data import (
    Funnel,
    Origin,
    Pool,
    Samples,
    SampleSpec,
    TestView,
    TrainView,
    ValidationView,
    Verdict,
)
from genaug.experiments.measuring import Script
from genaug.experiments.record import Machine
from genaug.hooks import open_hooks
from genaug.testing.companions import LabelTask, MemoryCheckpoint
from genaug_plugins.evaluation.arms import BASELINES, REAL, cheap_arms
from genaug_plugins.evaluation.fits import fit_arms
from genaug_plugins.evaluation.scoring import Scoring
from genaug_plugins.extractors.pixels import PixelsExtractor
from genaug_plugins.validators.downstream.downstream import DownstreamValidator

DIMENSIONS, CLASSES = 12, 3
SPEC = SampleSpec(modality="vector", shape=(DIMENSIONS,), class_names=("ant", "bee", "cat"))
TRAIN, VALIDATION, ADDED = 8, 40, 24
"""Samples of a class."""
SWEEP: Mapping[str, Any] = {"ratios": (0.5, 1, 2), "mixing": ("replace",)}
"""What is swept where the verdict is about the best on the validation view."""
ALLOWED = 0.05
"""Share of pools without worth that may be called a help."""


def drawn(rng: np.random.Generator, per_class: int, centres: NDArray[np.float64]) -> Samples:
    """Draw from three normal clouds of unit spread."""
    labels = np.repeat(np.arange(CLASSES), per_class)
    values = centres[labels] + rng.standard_normal((len(labels), DIMENSIONS))
    return Samples(values.astype(np.float32), labels.astype(np.int64))


class Linear(Predictor):
    """Tell classes apart by a linear model."""

    def __init__(self, fitted: Any) -> None:
        self.fitted = fitted

    def predict(self, samples: Samples) -> NDArray[np.float64]:
        """Return probabilities."""
        return np.asarray(self.fitted.predict_proba(samples.values), dtype=np.float64)


class LinearModel(Model):
    """Fit a linear model by so many steps of stochastic gradients: cheap, and noisy as training is."""

    name: ClassVar[str] = "linear"
    steps: int = 600
    """Steps, of one sample each, whatever the size of the training set."""

    def fit(self, spec: SampleSpec, training: Samples, seed: int, device: str) -> Predictor:
        """Fit; order of the data and start come from the seed."""
        rng = np.random.default_rng(seed)
        rows = np.concatenate(
            [rng.permutation(len(training)) for _ in range(-(-self.steps // len(training)))]
        )
        model = SGDClassifier(loss="log_loss", alpha=1e-3, learning_rate="constant", eta0=0.02)
        some = rows[: self.steps]
        model.partial_fit(training.values[some], training.labels[some], classes=np.arange(spec.classes))
        return Linear(model)


def copies(rng: np.random.Generator, train: Samples, centres: NDArray[np.float64]) -> Samples:
    """Return copies of training samples: nothing new."""
    return train.take(np.repeat(np.arange(len(train)), ADDED // TRAIN))


def same(rng: np.random.Generator, train: Samples, centres: NDArray[np.float64]) -> Samples:
    """Return draws with replacement: the training part's own distribution, nothing new."""
    rows = [rng.choice(np.flatnonzero(train.labels == label), ADDED) for label in range(CLASSES)]
    return train.take(np.concatenate(rows))


def fresh(rng: np.random.Generator, train: Samples, centres: NDArray[np.float64], share: float) -> Samples:
    """Return a pool of which a share is drawn from the truth, and the rest repeats training samples."""
    new, old = drawn(rng, ADDED, centres), same(rng, train, centres)
    taken = rng.random(len(new)) < share
    values = np.where(taken[:, None], new.values, old.values)
    return Samples(values, new.labels)


def poisoned(rng: np.random.Generator, train: Samples, centres: NDArray[np.float64], share: float) -> Samples:
    """Return draws from the truth of which a share has another class's label."""
    new = drawn(rng, ADDED, centres)
    wrong = rng.random(len(new)) < share
    return Samples(new.values, np.where(wrong, (new.labels + 1) % CLASSES, new.labels))


@dataclass(frozen=True)
class Kind:
    """A kind of pool, and what is known of it."""

    make: Callable[..., Samples]
    truth: str
    share: float | None = None
    sweep: bool = False


KINDS: Mapping[str, Kind] = {
    "copies of training samples": Kind(copies, "nothing new"),
    "training samples drawn again": Kind(same, "nothing new"),
    "copies, best of a sweep": Kind(copies, "nothing new", sweep=True),
    "drawn again, best of a sweep": Kind(same, "nothing new", sweep=True),
    "fresh samples, 25 %": Kind(fresh, "a gain", 0.25),
    "fresh samples, 50 %": Kind(fresh, "a gain", 0.5),
    "fresh samples, 100 %": Kind(fresh, "a gain", 1.0),
    "fresh samples, 33 % mislabelled": Kind(poisoned, "poison", 1 / 3),
    "fresh samples, 67 % mislabelled": Kind(poisoned, "poison", 2 / 3),
    "fresh samples, all mislabelled": Kind(poisoned, "poison", 1.0),
}


def trial(kind: str, test_per_class: int, seeds: int, number: int) -> tuple[Verdict, bool]:
    """Return the verdict of one data set and pool, all drawn anew, and whether the older rule says *helps*.

    The older rule compares with one baseline, the best on the validation view, and not with all of them.
    """
    torch.set_num_threads(1)
    rng = np.random.default_rng([number, test_per_class, list(KINDS).index(kind)])
    centres = rng.normal(0, 0.55, (CLASSES, DIMENSIONS))
    train = drawn(rng, TRAIN, centres)
    shares = {} if KINDS[kind].share is None else {"share": KINDS[kind].share}
    made = KINDS[kind].make(rng, train, centres, **shares)
    n = len(made)
    evidence = Evidence(
        TrainView(SPEC, train),
        ValidationView(SPEC, drawn(rng, VALIDATION, centres)),
        TestView(SPEC, drawn(rng, test_per_class, centres)),
        Pool(SPEC, made, (Origin("known", 0),), np.zeros(n, dtype=np.int64), np.arange(n)),
        Funnel.of(n),
        LabelTask(model=LinearModel()),
    )

    def no_features(*_: object) -> Any:
        raise AssertionError("no features are needed")

    context = Context(number, "cpu", open_hooks([]), PixelsExtractor(), no_features, MemoryCheckpoint())
    sweep = SWEEP if KINDS[kind].sweep else {}
    found = DownstreamValidator(seeds=seeds, **sweep).measure(evidence, context).verdict
    assert found is not None
    # The fits are those of the verdict: the context keeps them.
    fitted = fit_arms(cheap_arms(evidence, context), evidence, context, seeds)
    validation = Scoring(evidence.task, evidence.validation.samples, SPEC.class_names, fitted.validation)
    opponent = validation.best(evidence.task.leading(evidence.test.samples), BASELINES)
    older = next(gain for gain in found.gains if gain.over == opponent)
    return found, older.interval[0] > 0


def main() -> None:
    """Run all trials, write the record and the page."""
    script = Script(__file__, __doc__)
    script.options.add_argument("--trials", type=int, default=200)
    script.options.add_argument("--seeds", type=int, default=5)
    script.options.add_argument("--test-per-class", type=int, nargs="*", default=[30, 100])
    asked = script.options.parse_args()
    processes = os.cpu_count() or 1
    rows = []
    with ProcessPoolExecutor(processes) as pool:
        for size in asked.test_per_class:
            for kind in KINDS:
                work = partial(trial, kind, size, asked.seeds)
                rows.append(row(kind, size, list(pool.map(work, range(asked.trials), chunksize=5))))
                print(rows[-1], flush=True)
    setting = {
        "classes": CLASSES,
        "dimensions": DIMENSIONS,
        "train": TRAIN,
        "validation": VALIDATION,
        "added": ADDED,
        "allowed": ALLOWED,
        "scatter": math.sqrt(ALLOWED * (1 - ALLOWED) / asked.trials),
    }
    script.publish(asked, {"setting": setting, "rows": rows}, Machine(threads=1, at_a_time=processes))


def row(kind: str, size: int, trials: list[tuple[Verdict, bool]]) -> dict[str, Any]:
    """Return a row of the table; shares are of all trials, effects are those over plain `real`."""
    verdicts = [verdict for verdict, _ in trials]
    n, labels = len(verdicts), Counter(verdict.label for verdict in verdicts)
    gains = [next(gain for gain in verdict.gains if gain.over == REAL) for verdict in verdicts]
    interval = stats.binomtest(labels["helps"], n).proportion_ci(method="wilson")
    effects = np.array([gain.effect for gain in gains])
    widths = np.array([verdict.minimum_detectable_effect for verdict in verdicts])
    return {
        "truth": KINDS[kind].truth,
        "pool": kind,
        "test_samples": CLASSES * size,
        "helps": labels["helps"] / n,
        "no_effect": labels["no measurable effect"] / n,
        "hurts": labels["hurts"] / n,
        "older_rule": sum(older for _, older in trials) / n,
        "helps_interval": [float(interval.low), float(interval.high)],
        "mean_effect": float(effects.mean()),
        "detectable": float(widths.mean()),
        "covered": float(np.mean([one.interval[0] <= effects.mean() <= one.interval[1] for one in gains])),
    }


if __name__ == "__main__":
    main()
