"""The published exports: copies in the output folder."""

import os
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from genaug.execution.run_state import RunState
from genaug.execution.store import RECORD
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

    Links are kept where the file system allows it: files that an exporter linked to the user's own, and equal
    files that it linked to one another. A file that the exporter wrote is not linked to its copy.
    """
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    files = list[tuple[Path, os.stat_result]]()
    for path in sorted(artifact.rglob("*")):
        if path.is_dir():
            (fresh / path.relative_to(artifact)).mkdir()
        elif path != artifact / RECORD:
            files.append((path, path.stat()))
    inside = Counter(status.st_ino for _, status in files)
    copies: dict[int, Path] = {}
    for path, status in files:
        copy, inode = fresh / path.relative_to(artifact), status.st_ino
        outside = status.st_nlink > inside[inode]
        linked = path if outside else copies.get(inode)
        if linked is None or not _linked(linked, copy):
            shutil.copy2(path, copy)
        copies.setdefault(inode, copy)
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def _linked(source: Path, target: Path) -> bool:
    """Link a file; return whether the file system allows it."""
    try:
        os.link(source, target)
    except OSError:
        return False
    return True
