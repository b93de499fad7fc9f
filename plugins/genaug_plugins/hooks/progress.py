"""Progress of a run on stderr."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TextIO

from pydantic import Field

from genaug.data import Findings
from genaug.data.brief import Brief
from genaug.hooks import Hook, hookimpl

if TYPE_CHECKING:
    from rich.progress import TaskID


class ProgressHook(Hook):
    """Show stages, progress with an estimate of the time left, and warnings on stderr.

    On a terminal: bars that disappear when they are complete. Otherwise (a file, a pipe, the log of a job): a
    few plain lines for each task, each flushed. Long warnings are cut, and of many of one kind a few are
    shown: the report has all.
    """

    name: ClassVar[str] = "progress"

    quiet: bool = False
    """Show warnings only."""
    every_seconds: float = Field(default=10.0, gt=0)
    """If stderr is not a terminal: maximum number of seconds between two lines of a task in progress."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        display: _Display = (
            _Bars(sys.stderr) if sys.stderr.isatty() else _Lines(sys.stderr, self.every_seconds)
        )
        return _Listener(display, self.quiet)


class _Display(Protocol):
    """Output of lines and of the progress of tasks."""

    def line(self, text: str) -> None: ...

    def update(self, task: str, done: int, total: int) -> None: ...

    def close(self) -> None: ...


class _Listener:
    def __init__(self, display: _Display, quiet: bool) -> None:
        self._display = display
        self._quiet = quiet
        self._warnings = Brief()
        self._said: set[str] = set()

    @hookimpl
    def run_started(self, folder: Path, stages: list[str]) -> None:
        self._info(f"run in {folder}: {len(stages)} stages")

    @hookimpl
    def stage_started(self, stage: str) -> None:
        self._info(f"{stage} …")

    @hookimpl
    def stage_finished(self, stage: str, seconds: float, reused: bool) -> None:
        self._rest()
        self._info(f"{stage}: {'reused' if reused else duration(seconds)}")

    @hookimpl
    def progressed(self, task: str, done: int, total: int) -> None:
        if not self._quiet:
            self._display.update(task, done, total)

    @hookimpl
    def warned(self, message: str) -> None:
        if message in self._said:
            return
        self._said.add(message)
        for line in self._warnings.shown(message):
            self._display.line(f"warning: {line}")

    @hookimpl
    def noted(self, message: str) -> None:
        self._info(message)

    @hookimpl
    def found(self, findings: Findings) -> None:
        for warning in findings.warnings:  # cautions are printed beside the verdict
            self.warned(f"{findings.validator}: {warning}")
        for remark in findings.remarks:
            self._info(f"{findings.validator}: {remark}")

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        self._rest()
        self._display.close()

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._rest()
        self._display.close()

    def _rest(self) -> None:
        for line in self._warnings.rest():
            self._display.line(f"warning: {line}")

    def _info(self, text: str) -> None:
        if not self._quiet:
            self._display.line(text)


class _Bars:
    """Progress bars, one for each task in progress."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(file=stream, highlight=False, markup=False, emoji=False),
            transient=True,
            redirect_stdout=False,  # stdout may be read by another program
        )
        self._tasks: dict[str, TaskID] = {}

    def line(self, text: str) -> None:
        self._bars.console.print(text, soft_wrap=True)

    def update(self, task: str, done: int, total: int) -> None:
        if done >= total:
            if task in self._tasks:
                self._bars.remove_task(self._tasks.pop(task))
            if not self._tasks:
                self._bars.stop()
        elif task in self._tasks:
            self._bars.update(self._tasks[task], completed=done, total=total)
        else:
            self._tasks[task] = self._bars.add_task(task, completed=done, total=total)
            self._bars.start()

    def close(self) -> None:
        for task in self._tasks.values():
            self._bars.remove_task(task)
        self._tasks.clear()
        self._bars.stop()


class _Lines:
    """Plain lines: for each task one at each tenth of the work, and one after `every_seconds` without a line.

    Args:
        stream: to write to.
        every_seconds: maximum number of seconds between two lines of a task.
    """

    def __init__(self, stream: TextIO, every_seconds: float) -> None:
        self._stream = stream
        self._every = every_seconds
        self._tasks: dict[str, _Pace] = {}

    def line(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def update(self, task: str, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total:
            self._tasks.pop(task, None)
            return
        pace = self._tasks.setdefault(task, _Pace(now, done))
        silence = now - pace.written_at
        # A tenth that took less than a second is not written.
        if silence >= self._every or (silence >= 1 and (done - pace.written) * 10 >= total):
            pace.written_at, pace.written = now, done
            spent, made = now - pace.began, done - pace.done_before
            left = f", about {duration(spent / made * (total - done))} left" if made > 0 else ""
            self.line(f"  {task}: {done}/{total} after {duration(spent)}{left}")

    def close(self) -> None:
        self._tasks.clear()


class _Pace:
    """The start of a task, and its last line: times in seconds, and numbers of items done."""

    def __init__(self, now: float, done: int) -> None:
        self.began = self.written_at = now
        self.done_before = self.written = done


def duration(seconds: float) -> str:
    """Return a duration in human-readable form: ``0.4 s``, ``41 s``, ``2 min 5 s``, ``3 h 20 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
