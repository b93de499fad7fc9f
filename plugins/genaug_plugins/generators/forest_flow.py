"""Flow matching with boosted trees, for rows of tables and vectors."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from genaug import Context, Generator
from genaug.data import Column, DataFacts, SampleSpec, TrainView
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, MissingRequirement
from genaug.settings import Settings
from genaug_plugins.generators.forest_flow_files import CAPABILITIES, RECORD, TENSORS, ForestFlowOptions

if TYPE_CHECKING:
    from genaug_plugins.generators.flow_columns import FlowColumns
    from genaug_plugins.generators.forest_flow_sampler import ForestFlowSampler

BINS = 64
"""Bins of a value in the search for a split: with 256, xgboost's default, fits take 2 to 3 times as long."""
MOST_REPEATS = 100
"""Number of noises for each training row that the paper takes, where memory allows."""
SAVED_EVERY = 20.0
"""Seconds between two checkpoints: each writes all forests learned so far."""
MANY_TREES = 100_000
"""Number of trees from which a note gives it."""


class Fit(NamedTuple):
    """One fit: the forest of a class at a time."""

    label: int
    step: int
    seed: int

    @property
    def key(self) -> str:
        """Return its name among the tensors."""
        return f"forest/{self.label}/{self.step}"


class ForestFlowGenerator(Generator):
    """Learn the flow from noise to the rows of each class with gradient-boosted trees (extra `forest`).

    On the way x_t = (1 − t)·ε + t·x from noise ε ~ N(0, 1) to a row x, the velocity is x − ε. For each class
    and each of `times` times t = 0, 1/n, … a forest learns its mean given x_t, from all rows of the class,
    each repeated with `repeats` noises. A new row follows the forests from noise in n Euler steps
    (Jolicoeur-Martineau, Fatras & Kachman, AISTATS 2024, arXiv 2309.09968).

    Numbers are learned as normal scores over all classes, so that units, skew and outliers do not matter;
    categories as one-hot columns, the largest of which counts; gaps as a further column, so that missing
    values occur as in the data. Values are never outside the range of the training rows.
    """

    name: ClassVar[str] = "forest-flow"
    given_capabilities: ClassVar[frozenset[str]] = CAPABILITIES
    given_options: ClassVar[type[BaseModel] | None] = ForestFlowOptions

    times: int = Field(default=20, ge=2)
    """n, the number of times, each with a forest, and of steps of a sample."""
    repeats: int | None = Field(default=None, ge=1)
    """Number of noises for each row; null: as many as give 10,000 rows of a class, at most 100."""
    trees: int = Field(default=40, ge=1)
    """Trees for each value that is learned, at each time."""
    depth: int = Field(default=5, ge=1, le=16)
    """Maximum depth of a tree."""
    learning_rate: float = Field(default=0.3, gt=0, le=1)
    """Share of a tree's correction that is added (η)."""

    def shortened(self) -> Self:
        """Return this generator with one tree of each."""
        return self.model_copy(update={"trees": 1})

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for what is no row of a table and no vector, and where xgboost is not installed."""
        if spec.modality not in ("table", "vector"):
            raise DataError(
                f"{self.name} makes rows of tables and vectors, not {spec.modality} samples: choose another "
                "generator (`genaug plugins list --kind generator`)"
            )
        _xgboost()

    def check_data(self, facts: DataFacts) -> tuple[str, ...]:
        """Raise an error without training rows; say so where there will be many trees."""
        if not facts.train.sum():
            raise DataError(f"{self.name} needs at least one training row: ask for more in `split`")
        values = sum(len(column.categories) or 1 for column in facts.spec.columns) or facts.spec.shape[0]
        trees = values * self.trees * self.times * int(np.count_nonzero(facts.train))
        if trees < MANY_TREES:
            return ()
        return (
            f"{self.name} will learn {trees:,} trees ({values} values × {self.trees} trees × {self.times} "
            f"times × {np.count_nonzero(facts.train)} classes): lower `times` or `trees`, or learn fewer "
            "values, where that takes too long",
        )

    def fit(self, train: TrainView, context: Context) -> ForestFlowSampler:
        """Learn the forests, in parallel where the run allows it; an interrupted fit resumes.

        Raises:
            DataError: if the samples are neither rows nor vectors, or there are none.
            MissingRequirement: if xgboost is not installed.
        """
        import torch

        from genaug_plugins.generators.flow_columns import FlowColumns
        from genaug_plugins.generators.forest_flow_sampler import ForestFlowSampler

        self.check_usable(train.spec)
        if not len(train.samples):
            raise DataError(f"{self.name} needs at least one training row")
        values = train.samples.values.astype(np.float64)
        columns = FlowColumns.learn(values, train.spec)
        encoded, labels = columns.encode(values), train.samples.labels
        rows = {int(label): encoded[labels == label] for label in np.unique(labels)}
        found = context.checkpoint.load()
        forests = {} if found is None else {name: tensor.numpy() for name, tensor in found[0].items()}
        fits = [
            Fit(label, step, derive_seed(context.seed, "forest", str(label), str(step)))
            for label in rows
            for step in range(self.times)
        ]
        if not columns.width:
            fits = []  # every column is constant
        todo = [fit for fit in fits if fit.key not in forests]
        learn = partial(forest_of, rows=rows, columns=columns, settings=self.forest_settings())
        saved = time.monotonic()
        context.hooks.progressed(task="forests", done=len(fits) - len(todo), total=len(fits))
        learned: Iterator[bytes] = context.map(learn, todo, len(todo))
        for done, (fit, forest) in enumerate(zip(todo, learned, strict=True), len(fits) - len(todo) + 1):
            forests[fit.key] = np.frombuffer(forest, dtype=np.uint8)
            context.hooks.progressed(task="forests", done=done, total=len(fits))
            if done < len(fits) and time.monotonic() - saved >= SAVED_EVERY:
                context.checkpoint.save(
                    {key: torch.from_numpy(one.copy()) for key, one in forests.items()}, {}
                )
                saved = time.monotonic()
        counts = train.samples.per_class(train.spec.classes)
        return ForestFlowSampler(train.spec, columns, forests, counts, self.times)

    def load(self, folder: Path, context: Context) -> ForestFlowSampler:
        """Return a saved sampler; the context is not used."""
        from safetensors.numpy import load_file

        from genaug_plugins.generators.flow_columns import FlowColumns
        from genaug_plugins.generators.forest_flow_sampler import ForestFlowSampler

        _xgboost()
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        tensors = load_file(folder / TENSORS)
        counts = tensors.pop("counts")
        columns = [Column.model_validate(column) for column in record["columns"]]
        forests = {name: tensor for name, tensor in tensors.items() if name.startswith("forest/")}
        return ForestFlowSampler(
            SampleSpec.model_validate(record["spec"]),
            FlowColumns(columns, tensors),
            forests,
            counts,
            record["times"],
        )

    def forest_settings(self) -> ForestSettings:
        """Return the settings of one forest."""
        return ForestSettings.model_validate(
            {name: getattr(self, name) for name in ForestSettings.model_fields}
        )


class ForestSettings(Settings):
    """The settings of one forest; see `ForestFlowGenerator`."""

    times: int
    repeats: int | None
    trees: int
    depth: int
    learning_rate: float


def forest_of(
    fit: Fit, rows: dict[int, NDArray[np.float64]], columns: FlowColumns, settings: ForestSettings
) -> bytes:
    """Return the forest of a class at a time, in xgboost's binary JSON (UBJ).

    Args:
        fit: which one.
        rows: the encoded training rows of each class, ``[n, E]``, NaN where a value is missing.
        columns: the encoding.
        settings: of the forest.
    """
    xgboost = _xgboost()
    rng, own = np.random.default_rng(fit.seed), rows[fit.label]
    repeats = settings.repeats or min(MOST_REPEATS, max(1, round(10_000 / len(own))))
    x = columns.filled(np.tile(own, (repeats, 1)), rng)  # [n·repeats, E]
    noise = rng.standard_normal(x.shape)
    t = fit.step / settings.times
    data = xgboost.QuantileDMatrix((1 - t) * noise + t * x, x - noise, nthread=1, max_bin=BINS)
    parameters = {
        "tree_method": "hist",
        "max_bin": BINS,
        "max_depth": settings.depth,
        "eta": settings.learning_rate,
        "nthread": 1,
        "seed": 0,
        "verbosity": 0,
    }
    return bytes(xgboost.train(parameters, data, num_boost_round=settings.trees).save_raw("ubj"))


def _xgboost() -> ModuleType:
    try:
        import xgboost
    except ImportError as error:
        raise MissingRequirement(
            "forest-flow learns with xgboost, which is not installed: pip install 'genaug[forest]'"
        ) from error
    module: ModuleType = xgboost
    return module
