"""Write a run for TensorBoard: curves, pictures, findings."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from pydantic import Field

from genaug.data import Findings
from genaug.errors import MissingRequirement
from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.due import Due
from genaug_plugins.hooks.sample_grid import DRAWN, grid, made
from genaug_plugins.hooks.tensorboard_text import scalars, table

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from genaug.training.snapshot import TrainingSnapshot

FLUSH = 5
"""Seconds after which an event is on disk at the latest."""


class TensorboardHook(Hook):
    """Write ``tensorboard/`` in the output folder; ``tensorboard --logdir RUNS`` shows it, live.

    ``training`` has a curve for everything the training logs and, now and then, a picture of samples: a
    row for each class, a column for each of some fixed latents. ``validate.NAME`` has what a validator
    found: values with the ends of their intervals, and a table with notes and verdict. A run that
    resumes continues the same curves: what a killed one had logged after its last checkpoint is dropped, and
    findings that are made again take the place of the old ones.
    """

    name: ClassVar[str] = "tensorboard"

    every: int = Field(default=500, ge=1)
    """Steps between two pictures; the first and the last logged step have one, too."""
    images: bool = True
    """Draw samples while the generator trains: images, signals and vectors."""
    columns: int = Field(default=8, ge=1, le=64)
    """Samples of each class."""
    classes: int = Field(default=20, ge=1, le=200)
    """Maximum number of classes that are drawn, the first ones."""
    seed: int = Field(default=0, ge=0)
    """Seed of the latents."""

    def subscribe(self) -> object:
        """Return a writer for one run."""
        return _Writer(self)


class _Writer:
    def __init__(self, settings: TensorboardHook) -> None:
        self._settings = settings
        self._due = Due(settings.every)
        self._folder: Path | None = None
        self._stage = "validate"
        self._training: _Course | None = None

    @hookimpl
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        _import()  # a missing package is reported before hours of training, not after them
        self._folder = folder / "tensorboard"

    @hookimpl
    def stage_started(self, stage: str) -> None:
        self._stage = stage

    @hookimpl
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        if self._folder is None:
            return
        writer = self._course(self._folder).at(step)
        for name, value in values.items():
            # A slash makes a group: input_gradient.real and input_gradient.fake side by side.
            writer.add_scalar(name.replace(".", "/"), float(value), step)

    @hookimpl
    def inspected(self, snapshot: "TrainingSnapshot") -> None:
        if self._folder is None or not self._settings.images or snapshot.spec.modality not in DRAWN:
            return
        if self._due(snapshot.step, snapshot.total):
            settings = self._settings
            samples = made(snapshot, settings.columns, settings.classes, settings.seed)
            picture = np.asarray(grid(samples, snapshot.spec))  # [H, W, 3]
            writer = self._course(self._folder).again(snapshot.step)
            writer.add_image("samples", picture, snapshot.step, dataformats="HWC")

    @hookimpl
    def found(self, findings: Findings) -> None:
        if self._folder is None:
            return
        # The step's name distinguishes two validators of one kind, as the findings' own does not.
        course = _Course(self._folder / self._stage)
        writer = course.at(0)
        for finding in findings.findings:
            for name, value in scalars(finding):
                writer.add_scalar(name, value, 0)
        writer.add_text("findings", table(findings), 0)
        if findings.verdict:
            writer.add_text("verdict", findings.verdict.sentence, 0)
        course.close()

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        self._close()

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._close()

    def _course(self, folder: Path) -> "_Course":
        self._training = self._training or _Course(folder / "training")
        return self._training

    def _close(self) -> None:
        if self._training is not None:
            self._training.close()
            self._training = None


class _Course:
    """Write events whose steps only rise; where they fall, what was written of later steps is dropped.

    Args:
        folder: of the event files; there may be others of an earlier run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._writer: SummaryWriter | None = None
        self._last: int | None = None

    def at(self, step: int) -> "SummaryWriter":
        """Return the writer; an earlier run's events from `step` on, or this one's, count no more."""
        if self._writer is None or self._last is None or step <= self._last:
            self.close()
            self._writer = _import()(self._folder, purge_step=step, flush_secs=FLUSH)
        self._last = step
        return self._writer

    def again(self, step: int) -> "SummaryWriter":
        """Return the writer for one thing more of a step that was begun."""
        return self._writer if self._writer is not None and step == self._last else self.at(step)

    def close(self) -> None:
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
