"""The runs of an experiment: an ordinary pipeline for each arm, value and seed, each in its own folder."""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from genaug.components.identity import fingerprint
from genaug.data.json_files import write_json
from genaug.errors import GenaugError
from genaug.execution.record import FILE, RunRecord
from genaug.execution.store import STORE, Store
from genaug.pipeline import Pipeline

CONFIG = "config.yaml"
"""The config of a run, for `genaug run`."""
LOG = "log.txt"
"""The output of a run that has its own process."""
SHOWN = 16


class Value(NamedTuple):
    """A value of the varied setting: the setting's path (empty: nothing is varied), position, value."""

    path: str
    position: int
    value: Any

    @property
    def title(self) -> str:
        """Return the heading of its table."""
        return f"{self.path} = {self.value}" if self.path else ""


NOTHING_VARIED = Value("", 0, None)


@dataclass(frozen=True, eq=False)
class Run:
    """A run of an experiment.

    Attributes:
        arm, value, seed: its place in the experiment.
        data: its pipeline, as plain data.
        pipeline: the same, validated.
        work: the folder of all runs.
        shared: the stages whose artifacts it takes from other runs, where they have the same fingerprint.
    """

    arm: str
    value: Value
    seed: int
    data: dict[str, Any]
    pipeline: Pipeline
    work: Path
    shared: tuple[str, ...] = ("audit", "split")

    @cached_property
    def folder(self) -> Path:
        """Return the output folder, named by the hash of `data`, so that experiments share runs."""
        return self.work / fingerprint(self.data)[:SHOWN]

    @property
    def label(self) -> str:
        """Return the run's name in lines of progress."""
        return ", ".join(filter(None, (self.arm, self.value.title, f"seed {self.seed}")))

    def record(self) -> RunRecord | None:
        """Return the run's record; None where it never began."""
        try:
            return RunRecord.read((self.folder / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def finished(self) -> bool:
        """Return whether the run is finished with the present code and settings."""
        record = self.record()
        if record is None or record.status != "finished":
            return False
        return {stage.name: stage.fingerprint for stage in record.stages} == self.fingerprints

    def why_unfinished(self) -> str:
        """Return why there are no results; "" where there are."""
        record, log = self.record(), self.folder / LOG
        if record is not None and record.status != "running":
            reason = "" if record.status == "failed" else f"{record.status}: "
            return "" if record.status == "finished" else f"{reason}{record.error}"
        said = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
        last = next((line.strip() for line in reversed(said) if line.strip()), "")
        if record is None:
            return f"failed before it began: {last}" if last else "not run"
        return f"ended unexpectedly; last line of its log: {last}"

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Return the fingerprint of each stage; none where the source's data do not exist."""
        try:
            return self.pipeline.job().fingerprints
        except GenaugError:  # the run itself reports it
            return {}

    def prepare(self, others: Iterable[Path]) -> None:
        """Write the run's config, and link the artifacts and features that it shares with other runs.

        Only what has the same fingerprint is used: the results of the run are the same without it.

        Args:
            others: output folders of runs.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / CONFIG, self.data)  # JSON is YAML
        shared = [(name, self.fingerprints[name]) for name in self.shared if name in self.fingerprints]
        for other in others:
            store = Store(other / STORE)
            made = [artifact for name, mark in shared if (artifact := store.find(name, mark))]
            if not made or other == self.folder:
                continue
            for folder in [*(artifact.folder for artifact in made), store.folder / "features"]:
                if folder.is_dir():
                    target = self.folder / STORE / folder.name
                    shutil.copytree(folder, target, copy_function=_linked, dirs_exist_ok=True)


def _linked(source: str, target: str) -> None:
    if not os.path.exists(target):
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            shutil.copy2(source, target)
