"""Exporters that break exactly one promise."""

import time
from pathlib import Path
from typing import ClassVar

import numpy as np

from genaug import CompletedRun, Exporter


class PageExporter(Exporter):
    name: ClassVar[str] = "page"
    page: ClassVar[str | None] = "index.html"

    def export(self, run: CompletedRun, folder: Path) -> None:
        (folder / "pages").mkdir()
        (folder / "pages" / "kept.txt").write_text(f"{len(run.evidence.selected)} kept\n")
        (folder / "index.html").write_text("<p>A run</p>")


class EmptyFileExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        super().export(run, folder)
        (folder / "done").touch()


class PagelessExporter(PageExporter):
    page: ClassVar[str | None] = "report.html"


class StrayingExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        super().export(run, folder)
        (folder.parent / "log.txt").write_text("exported")


class DatedExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        super().export(run, folder)
        (folder / "when.txt").write_text(str(int(time.time())))


class RootedExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        super().export(run, folder)
        (folder / "where.txt").write_text(folder.name)


class NeedyExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        run.evidence.selected.samples.values.max()
        super().export(run, folder)


class MeddlingExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        super().export(run, folder)
        run.evidence.pool.samples.values[:] = 0


class SeedingExporter(PageExporter):
    def export(self, run: CompletedRun, folder: Path) -> None:
        np.random.seed(0)
        super().export(run, folder)


GOOD = [PageExporter()]

BROKEN = {
    "writes_files": [EmptyFileExporter()],
    "writes_the_page_it_declares": [PagelessExporter()],
    "writes_only_into_its_folder": [StrayingExporter()],
    "writes_the_same_bytes_twice": [DatedExporter()],
    "mentions_no_absolute_path": [RootedExporter()],
    "copes_with_an_empty_selection": [NeedyExporter()],
    "leaves_the_run_alone": [MeddlingExporter()],
    "leaves_global_randomness_alone": [SeedingExporter()],
}
