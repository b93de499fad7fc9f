"""What cheap generators do for poor classes beside rich ones, over fresh draws of the training view.

Run: python docs/benchmarks/poor_classes.py --out docs/benchmarks

It writes ``poor-classes.json`` and ``.md``; a few minutes. Five random classes of scikit-learn's digits, as
64 numbers, have 120 training samples, five have few. Each generator brings the poor ones to 120; a logistic
regression learns from all. All samples that are not drawn are the test view.
"""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from genaug import Context
from genaug.contracts import Generator
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.experiments.measuring import Script
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins import (
    CalibratedGenerator,
    GaussianGenerator,
    InterpolationGenerator,
    JitterGenerator,
    KdeGenerator,
    SmoteGenerator,
)

RICH = 120
SHOTS = (3, 5, 10)
GENERATORS: dict[str, Generator] = {
    "calibrated, w = 0.25": CalibratedGenerator(),
    "calibrated, w = 0.5": CalibratedGenerator(weight=0.5),
    "calibrated, w = 1": CalibratedGenerator(weight=1.0),
    "gaussian": GaussianGenerator(),
    "kde": KdeGenerator(),
    "jitter, noise 0.3": JitterGenerator(noise=0.3),
    "interpolation": InterpolationGenerator(),
    "smote": SmoteGenerator(),
}
PLAIN, WEIGHTED, REPEATED = "real", "real, class weights", "real, poor classes repeated"
NOTHING = cast(Any, None)
CONTEXT = Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, MemoryCheckpoint())

Values = NDArray[np.float32]
Labels = NDArray[np.int64]


def draw(shots: int, seed: int) -> dict[str, tuple[float, float]]:
    """Return balanced accuracy and macro AUROC on the test samples of one draw, by arm."""
    values, labels = load_digits(return_X_y=True)
    values, labels = (values / 8 - 1).astype(np.float32), labels.astype(np.int64)
    rng = np.random.default_rng(seed)
    poor = rng.permutation(10)[:5]
    sizes = np.where(np.isin(np.arange(10), poor), shots, RICH)
    rows = [rng.permutation(np.flatnonzero(labels == label))[: sizes[label]] for label in range(10)]
    own = np.concatenate(rows)
    test = np.setdiff1d(np.arange(len(labels)), own)
    spec = SampleSpec(
        modality="vector", shape=(64,), class_names=tuple("0123456789"), value_range=(-1.0, 1.0)
    )
    real = Samples(values[own], labels[own])

    def scores(training: Samples, weights: str | None = None) -> tuple[float, float]:
        model = LogisticRegression(max_iter=500, class_weight=weights).fit(training.values, training.labels)
        chances = model.predict_proba(values[test])
        return (
            float(balanced_accuracy_score(labels[test], chances.argmax(axis=1))),
            float(roc_auc_score(labels[test], chances, multi_class="ovr")),
        )

    again = [np.resize(rows[label], RICH - shots) for label in poor]
    repeated = np.concatenate([own, *again])
    found = {
        PLAIN: scores(real),
        WEIGHTED: scores(real, "balanced"),
        REPEATED: scores(Samples(values[repeated], labels[repeated])),
    }
    for name, generator in GENERATORS.items():
        sampler = generator.fit(TrainView(spec, real), CONTEXT)
        made = [
            sampler.draw(Request(int(label), RICH - shots), np.random.default_rng([seed, label]))
            for label in poor
        ]
        found[name] = scores(Samples.join([real, *made]))
    return found


def mean_and_half(gains: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean over draws and half of its 95 % interval, by Student's t."""
    error = gains.std(ddof=1) / np.sqrt(len(gains))
    return float(gains.mean()), float(stats.t.ppf(0.975, len(gains) - 1) * error)


def main() -> None:
    """Measure every arm over the draws, and write the record and the page."""
    script = Script(__file__, __doc__ or "")
    script.options.add_argument("--draws", type=int, default=20, help="training views drawn (20)")
    asked = script.options.parse_args()
    tables = []
    for shots in SHOTS:
        found = [draw(shots, seed) for seed in range(asked.draws)]
        values = {name: np.array([one[name] for one in found]) for name in found[0]}  # [draws, 2]
        cheap = {name: values[name] for name in (PLAIN, WEIGHTED, REPEATED)}
        rows = []
        for name, own in values.items():
            gains = [mean_and_half(own[:, 0] - other[:, 0]) for other in cheap.values()]
            least = min(gains, key=lambda gain: gain[0])  # against the best cheap arm
            best = max(cheap.values(), key=lambda other: float(other[:, 1].mean()))
            rows.append(
                {
                    "name": name,
                    "cheap": name in cheap,
                    "accuracy": float(own[:, 0].mean()),
                    "auroc": float(own[:, 1].mean()),
                    "gain": least,
                    "auroc_gain": mean_and_half(own[:, 1] - best[:, 1]),
                    "draws_better": int((own[:, 1] > best[:, 1]).sum()),
                }
            )
        tables.append({"shots": shots, "rows": rows})
    script.publish(asked, {"rich": RICH, "tables": tables})


if __name__ == "__main__":
    main()
