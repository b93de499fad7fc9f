"""Look before leaping: the data audited, the split made, the steps planned; nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genaug.data.split import split_rows
from genaug.execution.plan import fingerprints, planned
from genaug.execution.record import Check
from genaug.registry import Registry
from genaug.seeds import derive_seed
from genaug.stages.audit import audited
from genaug.store import Store

if TYPE_CHECKING:
    from genaug.pipeline import Pipeline


def check(pipeline: Pipeline, folder: Path | None, registry: Registry) -> Check:
    """Return what a run of the pipeline would start from and do."""
    steps = planned(pipeline, registry)
    marks = fingerprints(steps, pipeline.seed)
    found = audited(pipeline.source)
    samples, spec = found.dataset.samples, found.dataset.spec
    rows = split_rows(found.dataset, pipeline.split, derive_seed(pipeline.seed, "split"))
    views = {
        view: dict(zip(spec.class_names, samples.take(part).per_class(spec.classes).tolist(), strict=True))
        for view, part in rows.items()
    }
    store = Store(folder / "store") if folder else None
    return Check(
        audit={**found.audit.model_dump(mode="json"), "views": views},
        steps=tuple(
            (step.name, store is not None and store.find(step.name, marks[step.name]) is not None)
            for step in steps
        ),
    )
