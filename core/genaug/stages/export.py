"""The stages `export.…`: one for each exporter."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.components.blame import blaming
from genaug.contracts import CompletedRun, Exporter, Task
from genaug.data import TrainView
from genaug.data.dataset import VIEWS
from genaug.stages import choose
from genaug.stages.audit import Audited
from genaug.stages.evidence import gathered
from genaug.stages.fit import FittedGenerator
from genaug.stages.split import Views
from genaug.stages.stage import Stage, StageContext, labelled


def stages(
    exporters: tuple[Exporter, ...],
    last_selector: str | None,
    validations: tuple[str, ...],
    task: Task,
    config: Mapping[str, Any],
    versions: Mapping[str, str],
    candidates: str = "generate",
    choice: bool = False,
) -> Iterator[Stage]:
    """Yield a stage for each exporter; its artifact is the exported folder.

    Args:
        exporters: of the run.
        last_selector: name of the chain's last stage; None: no chain.
        validations: names of the stages with findings.
        task: the downstream task.
        config: the complete config.
        versions: of Python and of each distribution that takes part.
        candidates: name of the stage that made the pool. Of samples that were made after the run, the
            training samples are not exported again.
        choice: whether a stage chooses the task's model.
    """
    inputs = (
        "audit", "split", "fit", candidates,
        *([last_selector] if last_selector else []),
        *((choose.NAME,) if choice else ()),
        *validations,
    )  # fmt: skip
    for label, exporter in labelled(exporters):
        recipe = {"config": config, "versions": versions}

        def work(stage: StageContext, exporter: Exporter = exporter) -> None:
            run = completed(stage, last_selector, validations, task, config, versions, candidates, choice)
            with blaming(exporter):
                exporter.export(run, stage.folder)

        components = {"exporter": exporter}
        yield Stage(f"export.{label}", components, recipe, inputs, work, Path, computes=False)


def completed(
    stage: StageContext,
    last_selector: str | None,
    validations: tuple[str, ...],
    task: Task,
    config: Mapping[str, Any],
    versions: Mapping[str, str],
    candidates: str = "generate",
    choice: bool = False,
) -> CompletedRun:
    """Return a run for exporters; see `stages`."""
    fitted: FittedGenerator = stage.read("fit")
    audited: Audited = stage.read("audit")
    views: Views = stage.read("split")
    audit = {
        **audited.audit.model_dump(mode="json"),
        "views": views.record["views"],
        "near_copies_across_views": sum(views.record["near_copies_of_training"].values()),
    }
    evidence = gathered(stage, last_selector, task, candidates, choice)
    if candidates != "generate":
        train = evidence.train
        nothing = train.samples.take(np.zeros(0, dtype=np.int64))
        evidence = replace(evidence, train=TrainView(train.spec, nothing))
    return CompletedRun(
        config,
        versions,
        audit,
        fitted.history,
        (*fitted.warnings, *evidence.pool.notes),
        evidence,
        tuple(stage.read(name) for name in validations),
        fitted.start,
        _files(audited, views, candidates),
        stage.read(choose.NAME).sentence if choice else "",
    )


def _files(audited: Audited, views: Views, candidates: str) -> dict[str, NDArray[np.str_]]:
    """Return the original file of each sample of each view; nothing where no sample has one."""
    files = audited.dataset.files
    if files is None or candidates != "generate":
        return {}
    known = {view: views.rows(view) for view in VIEWS}
    return {view: files[rows] for view, rows in known.items() if rows is not None}
