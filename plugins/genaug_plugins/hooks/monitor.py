"""Monitoring of a training: its logged values, and measurements of the discriminator."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from pydantic import Field
from pydantic_core import to_json

from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.due import Due

if TYPE_CHECKING:
    from genaug.training.snapshot import TrainingSnapshot

RECORD = "monitors.jsonl"
PAGE = "monitors.html"


class MonitorHook(Hook):
    """Write ``monitors/monitors.jsonl``, and draw it as ``monitors/monitors.html`` when the run ends.

    Everything that the training logs is kept: losses, penalties, logits and r_t, gradients, speed,
    controllers, what is measured on held-out samples. Where the training has a discriminator, every
    so many steps that is examined as well: the norm of its input gradient and how concentrated that
    is (perceptual narrowing), and the Fisher information of its weights. The flatness of its loss is
    measured on demand, once, at the last step.

    A run that resumes appends. Of a step that is there twice, because the training went back to a
    checkpoint, the later one counts, and with it what follows.
    """

    name: ClassVar[str] = "monitor"

    every: int = Field(default=100, ge=1)
    """Steps between two measurements of the discriminator; the first and the last logged step are
    included."""
    narrowing: bool = True
    """Measure the input gradient: its norm, and the self-dissimilarity of its magnitude."""
    fisher: bool = True
    """Measure the diagonal Fisher information."""
    fisher_samples: int = Field(default=16, ge=1, le=1024)
    """Number of real and of fake samples for it; each needs a backward pass."""
    flatness: bool = False
    """Measure how the loss rises around the last weights."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        return _Watch(self)


class _Watch:
    def __init__(self, settings: MonitorHook) -> None:
        self._settings = settings
        self._due = Due(settings.every)
        self._folder: Path | None = None
        self._file: BinaryIO | None = None

    @hookimpl
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        self._folder = folder / "monitors"

    @hookimpl
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        self._write({"event": "trained", "step": step, "total": total, "values": values})

    @hookimpl
    def inspected(self, snapshot: "TrainingSnapshot") -> None:
        if self._folder is None or not self._due(snapshot.step, snapshot.total):
            return
        from genaug.adversarial import AdversarialSnapshot

        if not isinstance(snapshot, AdversarialSnapshot):  # there is no discriminator
            return
        from genaug_plugins.hooks.monitor_measures import fisher, flatness, narrowing

        values = narrowing(snapshot.d) if self._settings.narrowing else {}
        if self._settings.fisher:
            values |= fisher(snapshot, self._settings.fisher_samples)
        line = {"event": "inspected", "step": snapshot.step, "total": snapshot.total, "values": values}
        if self._settings.flatness and snapshot.step == snapshot.total:
            line["landscape"] = flatness(snapshot)
        self._write(line)

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        self._draw()

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._draw()

    def _write(self, line: dict[str, Any]) -> None:
        if self._folder is None:
            return
        if self._file is None:
            self._folder.mkdir(exist_ok=True)
            self._file = _opened(self._folder / RECORD)
        self._file.write(to_json(line, inf_nan_mode="strings", fallback=float) + b"\n")
        self._file.flush()

    def _draw(self) -> None:
        if self._file is None or self._folder is None:  # nothing was trained in this run
            return
        from genaug_plugins.hooks.monitor_page import page

        self._file.close()
        self._file = None
        record = (self._folder / RECORD).read_text(encoding="utf-8")
        (self._folder / PAGE).write_text(page(record), encoding="utf-8", newline="\n")


def _opened(path: Path) -> BinaryIO:
    """Open for appending; an incomplete line of a killed process remains a separate line."""
    file = path.open("ab+")
    if file.tell():
        file.seek(-1, os.SEEK_END)
        if file.read(1) != b"\n":
            file.write(b"\n")
    return file
