"""Write a run for TensorBoard: curves, images, findings."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from genaug.data import Findings
from genaug.errors import MissingRequirement
from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.due import Due
from genaug_plugins.hooks.sample_grid import DRAWN, current_samples, grid
from genaug_plugins.hooks.tensorboard_text import scalars, table

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from genaug.training.snapshot import TrainingSnapshot

FLUSH = 5
"""Maximum number of seconds until an event is written to disk."""


class TensorboardHook(Hook):
    """Write ``tensorboard/`` in the output folder; ``tensorboard --logdir RUNS`` shows it at any time.

    ``training`` contains a curve for each logged value of the training and, every `every` steps, a grid of
    samples as in `sample-grid`. ``validate.NAME`` contains the findings of a validator: values with the ends
    of their intervals, and a table with notes and the verdict. A run that resumes continues the same curves:
    values that a killed run logged after its last checkpoint are dropped, and new findings replace old ones.
    """

    name: ClassVar[str] = "tensorboard"

    every: int = Field(default=500, ge=1)
    """Steps between two grids; the first and the last logged step are included."""
    images: bool = True
    """Write grids of samples during training, of images, signals and vectors."""
    columns: int = Field(default=8, ge=1, le=64)
    """Samples of each class."""
    classes: int = Field(default=20, ge=1, le=200)
    """Maximum number of classes that are drawn, the first ones."""
    seed: int = Field(default=0, ge=0)
    """Seed of the noise."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        return _Writer(self)


class _Writer:
    def __init__(self, settings: TensorboardHook) -> None:
        self._settings = settings
        self._due = Due(settings.every)
        self._folder: Path | None = None
        self._stage = "validate"
        self._training: _EventFile | None = None

    @hookimpl
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        _import()  # report a missing package before the training, not after it
        self._folder = folder / "tensorboard"

    @hookimpl
    def stage_started(self, stage: str) -> None:
        self._stage = stage

    @hookimpl
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        if self._folder is None:
            return
        writer = self._training_file(self._folder).at(step)
        for name, value in values.items():
            # TensorBoard groups names by the part before a slash.
            writer.add_scalar(name.replace(".", "/"), float(value), step)

    @hookimpl
    def inspected(self, snapshot: "TrainingSnapshot") -> None:
        if self._folder is None or not self._settings.images or snapshot.spec.modality not in DRAWN:
            return
        if self._due(snapshot.step, snapshot.total):
            settings = self._settings
            samples = current_samples(snapshot, settings.columns, settings.classes, settings.seed)
            picture = np.asarray(grid(samples, snapshot.spec))  # [H, W, 3]
            writer = self._training_file(self._folder).at(snapshot.step, again=True)
            writer.add_image("samples", picture, snapshot.step, dataformats="HWC")

    @hookimpl
    def found(self, findings: Findings) -> None:
        if self._folder is None:
            return
        # The stage's name distinguishes two validators of the same kind; that of the findings does not.
        file = _EventFile(self._folder / self._stage)
        writer = file.at(0)
        for finding in findings.findings:
            for name, value in scalars(finding):
                writer.add_scalar(name, value, 0)
        writer.add_text("findings", table(findings), 0)
        if findings.verdict:
            writer.add_text("verdict", findings.verdict.sentence, 0)
        file.close()

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        self._close()

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._close()

    def _training_file(self, folder: Path) -> "_EventFile":
        self._training = self._training or _EventFile(folder / "training")
        return self._training

    def _close(self) -> None:
        if self._training is not None:
            self._training.close()
            self._training = None


class _EventFile:
    """Events of increasing steps; if a step is not above the last one, later events are dropped.

    Args:
        folder: of the event files; it may contain those of an earlier run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._writer: SummaryWriter | None = None
        self._last: int | None = None

    def at(self, step: int, again: bool = False) -> "SummaryWriter":
        """Return the writer, and drop earlier events from `step` on.

        Args:
            step: of the next events.
            again: add to the events of the last step, if `step` is that.
        """
        if again and self._writer is not None and step == self._last:
            return self._writer
        if self._writer is None or self._last is None or step <= self._last:
            self.close()
            self._writer = _import()(self._folder, purge_step=step, flush_secs=FLUSH)
        self._last = step
        return self._writer

    def close(self) -> None:
        """Close the file; the next call of `at` opens another."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _import() -> "type[SummaryWriter]":
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingRequirement(
            "the hook 'tensorboard' needs tensorboard, which is not installed: "
            "pip install 'genaug[tensorboard]', or remove it from `hooks`"
        ) from error
    return SummaryWriter
