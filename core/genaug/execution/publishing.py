"""The published exports: copies in the output folder."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from genaug.execution.run_state import RunState
from genaug.stages.stage import labelled


def publish(state: RunState) -> Sequence[str]:
    """Copy the exports of a run to its output folder; return the pages to open."""
    pages = []
    for label, exporter in labelled(state.job.exporters):
        copy_export(state.artifacts[f"export.{label}"].folder, state.folder / label)
        if exporter.page:
            pages.append(f"{label}/{exporter.page}")
    return pages


def copy_export(artifact: Path, target: Path) -> None:
    """Copy the artifact of an export to a folder, which is replaced when the copy is complete.

    Files that an exporter linked to the user's own are linked again, where the file system allows it.
    """
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(parents=True, exist_ok=True)
    ignored = shutil.ignore_patterns("artifact.json")
    shutil.copytree(artifact, fresh, ignore=ignored, copy_function=_copy_or_link)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def _copy_or_link(source: str, target: str) -> None:
    if os.stat(source).st_nlink > 1:
        try:
            os.link(source, target)
            return
        except OSError:  # another file system, or one without links
            pass
    shutil.copy2(source, target)
