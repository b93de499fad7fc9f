"""The stage `fit`: the generator learns the training view."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from genaug.components import file_memory
from genaug.components.blame import blaming
from genaug.components.module_files import sha256
from genaug.contracts import Context, Generator, Sampler
from genaug.stages import training_ids
from genaug.stages.samplers import check_sampler, load_sampler
from genaug.stages.split import Views
from genaug.stages.stage import Stage, StageContext

RECORD = "fit-record.json"


class FittedGenerator:
    """The artifact of a fit: its log, and the sampler, which is loaded on demand.

    Args:
        generator: the generator that was fitted.
        folder: of the artifact; the files of the sampler, and ``fit-record.json``.
    """

    def __init__(self, generator: Generator, folder: Path) -> None:
        self.folder = folder
        self.generator = generator

    @property
    def history(self) -> Mapping[str, Sequence[float]]:
        """Return the logged values of the fit; see `Sampler.history`."""
        history: Mapping[str, Sequence[float]] = self._record["history"]
        return history

    @property
    def warnings(self) -> Sequence[str]:
        """Return the warnings of the fit; see `Sampler.warnings`."""
        warnings: Sequence[str] = self._record["warnings"]
        return warnings

    @property
    def start(self) -> str:
        """Return ``none``, ``checked`` or ``stated``; see `training_ids.check_start`."""
        return str(self._record["start"])

    def sampler(self, context: Context) -> Sampler:
        """Load the sampler onto the context's device."""
        with blaming(self.generator):
            return load_sampler(self.generator, self.folder, context)

    @cached_property
    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.folder / RECORD).read_text(encoding="utf-8"))
        return record


def stage(generator: Generator) -> Stage:
    """Return the stage that fits a generator."""
    ids = generator.starts_from and generator.starts_from / training_ids.FILE
    known = file_memory.recall("sha256", ids, sha256) if ids and ids.is_file() else None
    return Stage(
        "fit",
        {"generator": generator},
        {"start": known},
        ("split",),
        partial(_work, generator),
        partial(FittedGenerator, generator),
    )


def _work(generator: Generator, stage: StageContext) -> None:
    views: Views = stage.read("split")
    start, train = training_ids.check_start(generator, views), views.train
    with blaming(generator):
        sampler = check_sampler(generator.fit(train, stage.context), generator, train.spec)
        sampler.save(stage.folder)
    if train.unlabelled is not None and "unlabelled" not in sampler.capabilities:
        stage.hooks.warned(
            message=f"the generator {generator.name!r} learned from none of the {len(train.unlabelled):,} "
            "unlabelled samples: it learns from labelled ones only (no capability `unlabelled`)"
        )
    record = {
        "history": {name: list(column) for name, column in sampler.history.items()},
        "warnings": list(sampler.warnings),
        "start": start,
    }
    training_ids.save(stage.folder, views, generator.starts_from)
    (stage.folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
