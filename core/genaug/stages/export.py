"""The stages `export.…`: one for each exporter."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genaug.components.blame import blaming
from genaug.contracts import CompletedRun, Exporter, Task
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
) -> Iterator[Stage]:
    """Yield a stage for each exporter; its artifact is the exported folder."""
    inputs = (
        "audit", "split", "fit", "generate",
        *([last_selector] if last_selector else []),
        *validations,
    )  # fmt: skip
    for label, exporter in labelled(exporters):
        recipe = {"config": config, "versions": versions}

        def work(stage: StageContext, exporter: Exporter = exporter) -> None:
            fitted: FittedGenerator = stage.read("fit")
            audited: Audited = stage.read("audit")
            views: Views = stage.read("split")
            audit = {
                **audited.audit.model_dump(mode="json"),
                "views": views.record["views"],
                "near_copies_across_views": sum(views.record["near_copies_of_training"].values()),
            }
            run = CompletedRun(
                config,
                versions,
                audit,
                fitted.history,
                (*fitted.warnings, *stage.read("generate").notes),
                gathered(stage, last_selector, task),
                tuple(stage.read(name) for name in validations),
                fitted.start,
            )
            with blaming(exporter):
                exporter.export(run, stage.folder)

        components = {"exporter": exporter}
        yield Stage(f"export.{label}", components, recipe, inputs, work, Path, computes=False)
