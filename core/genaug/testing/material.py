"""The material of checks: a small labelled data set, and everything that a run makes of it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genaug.components.component import Component
from genaug.components.identity import parts
from genaug.contracts import Candidates, CompletedRun, Context, Evidence
from genaug.data import (
    Confusion,
    Dataset,
    Funnel,
    Origin,
    Pool,
    Samples,
    SampleSpec,
    Selection,
    TestView,
    TrainView,
    ValidationView,
)
from genaug.data.encoding import as_stored
from genaug.data.pool_files import load_pool, save_shard
from genaug.data.samples import BoolArray
from genaug.hooks import open_hooks
from genaug.testing.companions import (
    FlatExtractor,
    LabelTask,
    MemoryCheckpoint,
    MemoryFeatures,
    UndeclaredFeatures,
)
from genaug.testing.completed_run import completed_run
from genaug.testing.formula_sampler import FormulaSampler
from genaug.testing.formulas import CLASSES, COLUMNS, drawn, spec_of

if TYPE_CHECKING:
    from genaug.contracts import Checkpoint

ABILITIES = frozenset({"class-conditional", "latent", "prompt", "image-to-image"})

OFFERED: tuple[tuple[tuple[int, ...], str], ...] = (
    *(((1, side, side), "image") for side in (8, 16, 32, 64)),
    ((2, 32), "signal"),
    ((6,), "vector"),
    ((len(COLUMNS),), "table"),
    ((), "text"),
)
"""Shapes and modalities that components are offered, in order."""


@dataclass(frozen=True)
class Material:
    """The data for checks; each call returns new, equal objects.

    Three classes of 12 samples (6 train, 2 validation, 4 test) and a pool of 24 candidates, the
    first of which nearly copies a training sample.

    Attributes:
        shape: of one sample: ``[C, H, W]`` pictures, ``[C, T]`` signals, ``[D]`` vectors, a table's ``[5]``
            or a text's ``[]``.
        modality: what it is; None: by the shape.
        targets: whether samples have a target, the number of their class, for what predicts targets.
    """

    shape: tuple[int, ...] = (1, 8, 8)
    modality: str | None = None
    targets: bool = False

    @classmethod
    def of_table(cls) -> "Material":
        """Return rows of a table: numbers, whole numbers, categories, booleans, missing values."""
        return cls((len(COLUMNS),), "table")

    @classmethod
    def of_text(cls) -> "Material":
        """Return short texts."""
        return cls((), "text")

    @classmethod
    def suited_to(cls, component: Component) -> "Material":
        """Return the first of pictures, signals, vectors, rows and texts that the component does not refuse.

        Where it refuses all of them, or breaks, they are pictures: the checks show what is wrong.
        """
        targets = getattr(component, "predicts", "classes") == "targets"
        for shape, modality in OFFERED:
            with suppress(Exception):  # refuses_early_what_it_cannot_read reports what is not a refusal
                component.check_usable(spec_of(shape, modality))
                return cls(shape, modality, targets)
        return cls(*OFFERED[0], targets)

    @property
    def spec(self) -> SampleSpec:
        """Return what a sample is."""
        return spec_of(self.shape, self.modality)

    def dataset(self) -> Dataset:
        """Return all 36 samples."""
        return Dataset(self.spec, self._drawn(range(12)))

    def train(self) -> TrainView:
        """Return the 18 training samples."""
        return TrainView(self.spec, self._drawn(range(6)))

    def validation(self) -> ValidationView:
        """Return the 6 validation samples."""
        return ValidationView(self.spec, self._drawn(range(6, 8)))

    def test(self) -> TestView:
        """Return the 12 test samples."""
        return TestView(self.spec, self._drawn(range(8, 12)))

    def _drawn(self, each: range, noise: float = 0.05) -> Samples:
        made = drawn(self.spec, each, noise)
        if not self.targets:
            return made
        return Samples(made.values, made.labels, made.labels.astype(np.float32))

    def pool(self) -> Pool:
        """Return 24 candidates of 3 requests."""
        made = self._drawn(range(100, 108), noise=0.15)
        made.values[0] = self.train().samples.values[0]
        if self.modality == "text":
            made.values[0] += " too"
        elif self.modality == "table":
            made.values[0, 0] *= 0.98  # the other columns have whole numbers
        else:
            made.values[0] *= 0.98
        made = as_stored(made, self.spec)
        order = np.argsort(made.labels, kind="stable")
        return Pool(
            self.spec,
            made.take(order),
            tuple(Origin("0" * 64, seed) for seed in range(len(CLASSES))),
            np.repeat(np.arange(len(CLASSES)), 8),
            np.tile(np.arange(8), len(CLASSES)),
            {
                "discriminator": np.sin(np.arange(24, dtype=np.float64)),
                "log_density_ratio": np.sin(np.arange(24, dtype=np.float64)) - 1,
            },
        )

    def candidates(self, rows: Sequence[int] | None = None) -> Candidates:
        """Return the pool, or some rows of it, as candidates after another selector."""
        return self._candidates(self.pool(), rows)

    def stored_candidates(self, folder: Path) -> Candidates:
        """Return the candidates as in a run: their values are in two files in a folder."""
        pool, paths = self.pool(), [folder / "pool-00000.parquet", folder / "pool-00001.parquet"]
        for path, rows in zip(paths, np.split(np.arange(24), [13]), strict=True):
            save_shard(pool.take(rows), path)
        return self._candidates(load_pool(paths, self.spec), None)

    def _candidates(self, pool: Pool, rows: Sequence[int] | None) -> Candidates:
        taken = np.arange(len(pool)) if rows is None else np.array(rows, dtype=np.int64)
        left = pool.take(taken)
        scores = {f"generator.{name}": column for name, column in left.scores.items()}
        return Candidates(left, {"first.score": np.cos(taken.astype(np.float64)), **scores})

    def sampler(self, capabilities: frozenset[str] = ABILITIES) -> FormulaSampler:
        """Return a sampler that states `capabilities`."""
        return FormulaSampler(self.spec, capabilities)

    def confusion(self, error_rates: Sequence[float] = (0.0, 0.5, 1.0)) -> Confusion:
        """Return a confusion of the training samples: a share of each class is predicted as the next class.

        Args:
            error_rates: these shares, in [0, 1], one for each class.
        """
        samples, classes = self.train().samples, len(CLASSES)
        predicted = samples.labels.copy()
        for label, rate in enumerate(error_rates):
            rows = np.flatnonzero(samples.labels == label)
            predicted[rows[: round(rate * len(rows))]] = (label + 1) % classes
        probabilities = (np.eye(classes) * 0.7 + 0.1)[predicted]
        return Confusion(CLASSES, samples.ids, samples.labels, probabilities, np.arange(len(samples)) % 2)

    def context(self, seed: int = 0, checkpoint: "Checkpoint | None" = None) -> Context:
        """Return a context on the CPU, without hooks, and with the values as features."""
        return Context(
            seed,
            "cpu",
            open_hooks(()),
            FlatExtractor(),
            MemoryFeatures(self.train()),
            checkpoint or MemoryCheckpoint(),
        )

    def context_for(self, component: Component) -> Context:
        """Return a context without features of the pipeline's extractor, unless a component declares them."""
        context = self.context()
        if any(part.uses_pipeline_extractor for part in parts(component)):
            return context
        return replace(context, embed=UndeclaredFeatures(self.train(), context.extractor))

    def evidence(self, kept: BoolArray | None = None) -> Evidence:
        """Return the views, the pool, and a funnel that keeps `kept` (two of three, where not given)."""
        pool = self.pool()
        kept = np.arange(len(pool)) % 3 > 0 if kept is None else kept
        reasons = np.where(kept, "", "every third is dropped")
        selection = Selection(kept, reasons, {"place": np.arange(len(pool), dtype=np.float64)})
        funnel = Funnel.of(len(pool)).then("two-of-three", selection)
        return Evidence(self.train(), self.validation(), self.test(), pool, funnel, LabelTask())

    def run(self, kept: BoolArray | None = None) -> CompletedRun:
        """Return a completed run with every kind of finding in it."""
        return completed_run(self.evidence(kept), self.dataset())
