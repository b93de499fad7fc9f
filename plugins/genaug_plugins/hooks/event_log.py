"""Write every event of a run as a line of JSON."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from genaug.data import Findings
from genaug.data.valid_text import valid_text
from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.json_lines import JsonLines

FILE = "events.jsonl"


class EventLogHook(Hook):
    """Write a machine-readable log: ``events.jsonl`` in the output folder.

    One JSON object on each line, with ``time`` (UTC, ISO 8601), ``event`` (the name of the hook
    specification) and the data of that event. Each line is flushed when it is written; a run that
    resumes appends. Values that are not finite are the strings ``NaN``, ``Infinity`` and ``-Infinity``.
    ``progressed`` is written once for each percent, ``found`` without the figures.
    """

    name: ClassVar[str] = "event-log"

    def subscribe(self) -> object:
        """Return the writer of one run; its file is opened when the run starts."""
        return _Writer()


class _Writer:
    def __init__(self) -> None:
        self._file: JsonLines | None = None
        self._percent: dict[str, int] = {}

    @hookimpl
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        self._file = JsonLines(folder / FILE)
        self._write("run_started", config=config, stages=stages)

    @hookimpl
    def stage_started(self, stage: str) -> None:
        self._write("stage_started", stage=stage)

    @hookimpl
    def stage_finished(self, stage: str, fingerprint: str, seconds: float, reused: bool) -> None:
        self._write("stage_finished", stage=stage, fingerprint=fingerprint, seconds=seconds, reused=reused)

    @hookimpl
    def progressed(self, task: str, done: int, total: int) -> None:
        percent = 100 * done // total if total else 100
        if self._percent.get(task) != percent:
            self._percent[task] = percent
            self._write("progressed", task=task, done=done, total=total)

    @hookimpl
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        self._write("trained", step=step, total=total, values=values)

    @hookimpl
    def warned(self, message: str) -> None:
        self._write("warned", message=valid_text(message))

    @hookimpl
    def noted(self, message: str) -> None:
        self._write("noted", message=valid_text(message))

    @hookimpl
    def found(self, findings: Findings) -> None:
        self._write("found", findings=findings.model_dump(exclude={"figures"}))

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        self._write("run_finished", record=record)
        self._close()

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._write("run_failed", error=type(error).__name__, message=valid_text(str(error)))
        self._close()

    def _write(self, event: str, **details: Any) -> None:
        if self._file is not None:  # else the run failed before `run_started`
            time = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._file.write({"time": time, "event": event, **details})

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
