"""The history of an output folder: the record of every result that a run gave there, one a line.

A result is not copied: its artifacts stay in the store, and its record names their fingerprints. So the page
of a former result can still be opened, and its findings read.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from genaug.data.json_files import json_text
from genaug.execution.record import FILE, RunRecord
from genaug.execution.store import STORE, Store

HISTORY = "history.jsonl"
"""The file of the former and the present results, in an output folder."""


@dataclass(frozen=True)
class Result:
    """A result of an output folder.

    Attributes:
        time: when the run finished, in UTC, as ISO 8601.
        record: what `run.json` said then.
    """

    time: str
    record: RunRecord

    def page(self, folder: Path) -> Path | None:
        """Return the path of the report as it was then; None where there was none, or it is gone.

        Args:
            folder: the output folder.
        """
        if self.record.report is None:
            return None
        label, _, page = self.record.report.partition("/")
        for stage in self.record.stages:
            if stage.name == f"export.{label}":
                artifact = Store(folder / STORE).find(stage.name, stage.fingerprint)
                return None if artifact is None else artifact.folder / page
        return None


def keep(folder: Path) -> None:
    """Append the record of a finished run to the history, unless it is the last one there.

    Called before a run replaces the record, too: a run of an older version, or one that was killed between
    its record and its history, is kept all the same. A kill while a line is written spoils that line alone.

    Args:
        folder: the output folder.
    """
    try:
        record = RunRecord.read((folder / FILE).read_text(encoding="utf-8"))
        time = finished_at(folder)
    except (OSError, ValidationError):
        return
    if record.status != "finished":
        return
    known = results(folder)
    if known and known[-1].record.manifest == record.manifest:
        return
    line = json_text({"time": time, "record": record.plain()}, indent=None)
    with (folder / HISTORY).open("a+b") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - 1))
        spoiled = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * spoiled + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def finished_at(folder: Path) -> str:
    """Return when the record in an output folder was written, in UTC, as ISO 8601."""
    return datetime.fromtimestamp((folder / FILE).stat().st_mtime, UTC).isoformat(timespec="seconds")


def results(folder: Path) -> Sequence[Result]:
    """Return the results of an output folder, the oldest first; lines that are none are passed over.

    Args:
        folder: the output folder; without a history there are no results.
    """
    try:
        lines = (folder / HISTORY).read_bytes().splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
            found.append(Result(str(entry["time"]), RunRecord.model_validate(entry["record"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def changes(before: RunRecord, after: RunRecord) -> list[str]:
    """Return what differs between two results in words: settings, else versions, else data or code.

    Args:
        before: the earlier one.
        after: the later one.
    """
    old, new = dict(flat(before.config)), dict(flat(after.config))
    said = [
        f"{name}: {_value(old, name)} → {_value(new, name)}"
        for name in dict.fromkeys((*old, *new))
        if json.dumps(old.get(name)) != json.dumps(new.get(name))
    ]
    if said:
        return said
    versions = dict.fromkeys((*before.versions, *after.versions))
    said = [
        f"{name} {before.versions.get(name, 'none')} → {after.versions.get(name, 'none')}"
        for name in versions
        if before.versions.get(name) != after.versions.get(name)
    ]
    if said:
        return said
    was = {stage.name: stage.digest for stage in before.stages}
    first = next((one.name for one in after.stages if was.get(one.name) != one.digest), None)
    if first == "audit":
        return ["the data"]
    return [f"the code of {first}" if first else "the code"]


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the settings of a config with their paths, as `--set` takes them."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        for number, inner in enumerate(value):
            yield from flat(inner, f"{path}[{number}]")
    else:
        yield path, value


def _value(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    return "none" if value is None else value if isinstance(value, str) else json.dumps(value)
