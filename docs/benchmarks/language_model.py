"""What the generator `language-model` writes: lines of a real pretrained model, rows of a small one.

Run: python docs/benchmarks/language_model.py --out docs/benchmarks

It writes ``language-model.json`` and ``.md``; about a quarter of an hour on one core. Texts: the first
sentences of the docstrings of scipy and torch; Gemma 3 270M (the extra `gemma`) sees eight of a class in a
prompt, learns nothing, and writes further ones. Tables: scikit-learn's wine and iris; a GPT-2 that is trained
from scratch on all rows.
"""

import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from genaug import Context
from genaug.contracts import Generator, Sampler
from genaug.data import Dataset, Request, Samples, TrainView
from genaug.experiments.measuring import Script
from genaug.hooks import open_hooks
from genaug.testing.companions import MemoryCheckpoint
from genaug_plugins import (
    DocstringsSource,
    GaussianCopulaGenerator,
    LanguageModelGenerator,
    SklearnTableSource,
)

CLASSES = ("scipy", "torch")
SHOWN = 30
"""Training texts of each class; as many others judge what was written."""
NOTHING = cast(Any, None)

Rows = NDArray[np.float64]


def context() -> Context:
    """Return a context without hooks and features."""
    return Context(0, "cpu", open_hooks([]), NOTHING, NOTHING, MemoryCheckpoint())


def written(count: int) -> dict[str, Any]:
    """Return `count` lines of each class, what they cost, and how a classifier of real texts reads them."""
    data = DocstringsSource(packages=CLASSES, per_class=2 * SHOWN).load()
    rng = np.random.default_rng(0)
    rows = [rng.permutation(np.flatnonzero(data.samples.labels == label)) for label in range(len(CLASSES))]
    shown, others = (
        data.samples.take(np.concatenate([own[part] for own in rows]))
        for part in (slice(SHOWN), slice(SHOWN, None))
    )
    generator = LanguageModelGenerator(
        model="gemma3-270m",
        prompt="First sentences of docstrings of the Python library {class}:",
        max_tokens=40,
    )
    began = time.monotonic()
    sampler = generator.fit(TrainView(data.spec, shown), context())
    loading = time.monotonic() - began
    judge = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10))
    judge.fit(list(shown.values), shown.labels)
    classes = []
    for label, name in enumerate(CLASSES):
        began = time.monotonic()
        parts = []
        refused: Counter[str] = Counter()
        for start in range(0, count, sampler.chunk_size):
            size = min(sampler.chunk_size, count - start)
            parts.append(sampler.draw(Request(label, size), np.random.default_rng([label, start])))
            refused.update(sampler.refused)
        made = Samples.join(parts)
        real = others.take(others.labels == label)
        classes.append(
            {
                "name": name,
                "lines": list(made.values),
                "distinct": len(set(made.values)),
                "refused": dict(refused),
                "seconds": time.monotonic() - began,
                "own": float((judge.predict(list(made.values)) == label).mean()),
                "own_real": float((judge.predict(list(real.values)) == label).mean()),
                "words": float(np.mean([len(text.split()) for text in made.values])),
                "words_real": float(
                    np.mean([len(text.split()) for text in shown.values[shown.labels == label]])
                ),
            }
        )
    return {"classes": classes, "loading": loading, "shown": SHOWN, "count": count}


def compared(real: Rows, made: Rows) -> dict[str, float]:
    """Return the distances of columns' distributions and of correlations, over the columns of a table.

    `ks` is the mean Kolmogorov–Smirnov statistic of the columns, `mean` and `spread` the mean absolute
    difference of means and of standard deviations, in standard deviations of the real column; `correlation`
    is the mean absolute difference of the correlations of pairs of columns.
    """
    spread = real.std(axis=0)
    pairs = np.triu_indices(real.shape[1], 1)
    return {
        "ks": float(np.mean([stats.ks_2samp(a, b).statistic for a, b in zip(real.T, made.T, strict=True)])),
        "mean": float((np.abs(made.mean(axis=0) - real.mean(axis=0)) / spread).mean()),
        "spread": float((np.abs(made.std(axis=0) - spread) / spread).mean()),
        "correlation": float(np.abs(np.corrcoef(made.T)[pairs] - np.corrcoef(real.T)[pairs]).mean()),
    }


def fitted(data: Dataset, generator: Generator) -> tuple[Sampler, float]:
    """Return the sampler of all rows, and the seconds of the fit."""
    began = time.monotonic()
    sampler = generator.fit(TrainView(data.spec, data.samples), context())
    return sampler, time.monotonic() - began


def read_freely(sampler: Sampler, steps: int) -> Sampler:
    """Return a sampler with the same network that writes whole sentences."""
    with tempfile.TemporaryDirectory() as folder:
        sampler.save(Path(folder))
        return LanguageModelGenerator(steps=steps, decoding="free").load(Path(folder), context())


def made_rows(data: Dataset, sampler: Sampler, seed: int) -> tuple[Rows, dict[str, Any]]:
    """Return as many rows as the data have of each class, and what they cost."""
    began = time.monotonic()
    counts = data.samples.per_class(data.spec.classes).tolist()
    made = []
    refused: Counter[str] = Counter()
    for label, count in enumerate(counts):
        made.append(sampler.draw(Request(label, count), np.random.default_rng([seed, label])))
        refused.update(sampler.refused)
    return Samples.join(made).values, {"sampling": time.monotonic() - began, "refused": dict(refused)}


def table(name: str, steps: int) -> dict[str, Any]:
    """Return how rows compare with the real ones: two halves of them, a copula, and the language model."""
    data = SklearnTableSource(dataset=name).load()
    real = data.samples.values
    order = np.random.default_rng(0).permutation(len(real))
    trained, fitting = fitted(data, LanguageModelGenerator(steps=steps))
    copula, fitting_copula = fitted(data, GaussianCopulaGenerator())
    samplers = {
        "language-model": (trained, fitting),
        "language-model, free": (read_freely(trained, steps), fitting),
        "gaussian-copula": (copula, fitting_copula),
    }
    halves = compared(real[order[::2]], real[order[1::2]])
    arms: list[dict[str, Any]] = [{"name": "two halves of the real rows", **halves}]
    columns = []
    for arm, (sampler, seconds) in samplers.items():
        made, cost = made_rows(data, sampler, 0)
        arms.append({"name": arm, **compared(real, made), **cost, "fitting": seconds})
        if arm == "language-model":
            columns = [
                {
                    "name": column.name,
                    "real": [float(cells.mean()), float(cells.std())],
                    "made": [float(own.mean()), float(own.std())],
                    "ks": float(stats.ks_2samp(cells, own).statistic),
                }
                for column, cells, own in zip(data.spec.columns, real.T, made.T, strict=True)
            ]
    return {"name": name, "rows": len(real), "arms": arms, "columns": columns}


def main() -> None:
    """Measure both, and write the record and the page."""
    script = Script(__file__, __doc__ or "")
    script.options.add_argument("--lines", type=int, default=50, help="texts of each class (50)")
    script.options.add_argument("--steps", type=int, default=1000, help="of the training on tables (1000)")
    script.options.add_argument("--workers", type=int, default=1, help="processes (1)")
    asked = script.options.parse_args()
    with ProcessPoolExecutor(asked.workers, initializer=torch.set_num_threads, initargs=(1,)) as workers:
        texts = workers.submit(written, asked.lines)
        tables = [workers.submit(table, name, asked.steps) for name in ("wine", "iris")]
        results = {"texts": texts.result(), "tables": [one.result() for one in tables]}
    script.publish(asked, results)


if __name__ == "__main__":
    main()
