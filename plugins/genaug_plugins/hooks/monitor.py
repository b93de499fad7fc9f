"""Monitoring of a training: its logged values, and measurements of the discriminator."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.due import Due
from genaug_plugins.hooks.json_lines import JsonLines

if TYPE_CHECKING:
    from genaug.training.snapshot import TrainingSnapshot

RECORD = "monitors.jsonl"
PAGE = "monitors.html"


class MonitorHook(Hook):
    """Write ``monitors/monitors.jsonl``, and charts of it in ``monitors/monitors.html`` when the run ends.

    All values that the training logs are recorded: losses, penalties, logits and r_t, gradients, update
    norms, controllers, measurements on held-out samples. If the training has a discriminator, it is measured
    at every `every`-th step: the norm of its input gradient and how concentrated that is (perceptual
    narrowing), and the Fisher information of its weights. The flatness of its loss is optional and measured
    once, at the last step.

    A run that resumes appends. If the training went back to a checkpoint and logged a step again, the later
    record replaces the earlier ones from that step on.
    """

    name: ClassVar[str] = "monitor"

    every: int = Field(default=100, ge=1)
    """Steps between two measurements of the discriminator; the first and the last logged step are
    included."""
    narrowing: bool = True
    """Measure the norm of the input gradient and the self-dissimilarity of its magnitude."""
    fisher: bool = True
    """Measure the diagonal Fisher information."""
    fisher_samples: int = Field(default=16, ge=1, le=1024)
    """Number of real and of fake samples for the Fisher information; each needs a backward pass."""
    flatness: bool = False
    """Measure the rise of the loss around the last weights."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        return _Recorder(self)


class _Recorder:
    def __init__(self, settings: MonitorHook) -> None:
        self._settings = settings
        self._due = Due(settings.every)
        self._folder: Path | None = None
        self._file: JsonLines | None = None

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

        if not isinstance(snapshot, AdversarialSnapshot):  # it has no discriminator
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
            self._file = JsonLines(self._folder / RECORD)
        self._file.write(line)

    def _draw(self) -> None:
        if self._file is None or self._folder is None:  # nothing was trained in this run
            return
        from genaug_plugins.hooks.monitor_page import page

        self._file.close()
        self._file = None
        record = (self._folder / RECORD).read_text(encoding="utf-8")
        (self._folder / PAGE).write_text(page(record), encoding="utf-8", newline="\n")
