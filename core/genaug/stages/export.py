"""Export: what is written out; one step an exporter."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genaug.components.identity import identity
from genaug.components.registry import Registry
from genaug.contracts import CompletedRun, Exporter, Sampler, Task
from genaug.stages.audit import Audited
from genaug.stages.evidence import gathered
from genaug.stages.split import Views
from genaug.stages.step import Bench, Step, at_work, labelled

VERSION = 2


def steps(
    exporters: tuple[Exporter, ...],
    last_selector: str | None,
    validations: tuple[str, ...],
    task: Task,
    config: Mapping[str, Any],
    versions: Mapping[str, str],
    registry: Registry,
) -> Iterator[Step]:
    """Yield a step for each exporter; its artifact is the folder that it wrote."""
    inputs = (
        "audit", "split", "fit", "generate",
        *([last_selector] if last_selector else []),
        *validations,
    )  # fmt: skip
    for label, exporter in labelled(exporters):
        recipe = {"exporter": identity(exporter, registry), "config": config, "versions": versions}

        def work(bench: Bench, exporter: Exporter = exporter) -> None:
            sampler: Sampler = bench.read("fit")
            run = CompletedRun(
                config,
                versions,
                _audit(bench),
                sampler.history,
                tuple(sampler.warnings),
                gathered(bench, last_selector, task),
                tuple(bench.read(name) for name in validations),
            )
            with at_work(exporter):
                exporter.export(run, bench.folder)

        yield Step(f"export.{label}", VERSION, recipe, inputs, work, _folder)


def _audit(bench: Bench) -> dict[str, Any]:
    audited: Audited = bench.read("audit")
    views: Views = bench.read("split")
    near = views.record["near_copies_of_training"]
    return {
        **audited.audit.model_dump(mode="json"),
        "views": views.record["views"],
        "near_copies_across_views": sum(near.values()),
    }


def _folder(folder: Path) -> Path:
    return folder
