"""The published exports: copies in the output folder."""

import shutil
from collections.abc import Sequence

from genaug.execution.run_state import RunState
from genaug.stages.stage import labelled


def publish(state: RunState) -> Sequence[str]:
    """Copy the exports of a run to its output folder; return the pages to open."""
    pages = []
    for label, exporter in labelled(state.job.exporters):
        artifact = state.artifacts[f"export.{label}"]
        target = state.folder / label
        fresh = state.folder / f".{label}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(artifact.folder, fresh, ignore=shutil.ignore_patterns("artifact.json"))
        shutil.rmtree(target, ignore_errors=True)
        fresh.rename(target)
        if exporter.page:
            pages.append(f"{label}/{exporter.page}")
    return pages
