"""The loop of every iterative fit: steps, logs, checkpoints, and a way back from a divergence."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from genaug.errors import StoreError, TrainingDiverged
from genaug.training.best_checkpoint import BestCheckpoint, Evaluation
from genaug.training.config import TrainingConfig
from genaug.training.distributed import ProcessGroup
from genaug.training.history import History
from genaug.training.snapshot import TrainingSnapshot
from genaug.training.state import forked

if TYPE_CHECKING:
    from genaug.contracts import Context

TASK = "train the generator"
C = TypeVar("C", bound=TrainingConfig)
State = tuple[dict[str, Tensor], dict[str, Any]]


class TrainingRun(ABC, Generic[C]):
    """One training as the loop drives it: what it updates in a step, and everything that changes.

    Attributes:
        config: how long, how fast and by which means it learns.
        group: the processes that train together.
        step: updates done.
    """

    config: C
    group: ProcessGroup
    step: int = 0

    @property
    @abstractmethod
    def network(self) -> nn.Module:
        """Return the network that is measured and kept, e.g. the averaged one, in evaluation mode."""

    @abstractmethod
    def advance(self, measured: bool) -> None:
        """Update the weights once and raise `step` by one.

        Args:
            measured: compute what only a log needs as well, e.g. norms of gradients.
        """

    @abstractmethod
    def values(self) -> dict[str, float]:
        """Return what is to be logged of the last step, the same names each time; may wait for the device."""

    @abstractmethod
    def check_finite(self) -> None:
        """Raise where a loss or a weight is not finite.

        Raises:
            TrainingDiverged: naming what became non-finite, the step, and what to do.
        """

    def check_samples(self) -> None:
        """Raise `TrainingDiverged` where the samples show that nothing more is learned.

        Called before each checkpoint and at the last step.
        """

    @abstractmethod
    def scale_rates(self, factor: float) -> None:
        """Set each learning rate to `factor` times the initial one."""

    @abstractmethod
    def snapshot(self) -> AbstractContextManager[TrainingSnapshot]:
        """Return a snapshot for hooks; on exit everything is as it was."""

    @abstractmethod
    def state(self) -> State:
        """Return everything that changes, as tensors on the CPU and plain JSON."""

    @abstractmethod
    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Go back to a `state`."""


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The outcome of a training.

    Attributes:
        network: the run's network as it was in the end, or the best one where it was measured.
        history: one value a logged step under each name; ``step`` names the steps.
        warnings: what a person should know, a sentence each.
    """

    network: nn.Module
    history: dict[str, list[float]]
    warnings: tuple[str, ...]


def train(
    run: TrainingRun[Any],
    context: "Context",
    *,
    warnings: Sequence[str] = (),
    evaluation: Evaluation | None = None,
) -> TrainingResult:
    """Carry a training out; resume where a killed one stopped.

    A training that diverges goes back to its last good checkpoint and continues with half the
    learning rates; after ``config.rollbacks`` times it ends there.

    Args:
        run: the training at its first step.
        context: hooks and checkpoint.
        warnings: what a person should know before it begins.
        evaluation: choose the weights by it; None: the last ones.

    Raises:
        TrainingDiverged: where not even the first checkpoint was reached.
        StoreError: where the processes see different checkpoints.
    """
    loop = _Loop(run, context, warnings, evaluation)
    loop.execute()
    network = run.network if loop.best is None else loop.best.network
    return TrainingResult(network, loop.history.columns, tuple(loop.warnings))


class _Loop:
    def __init__(
        self,
        run: TrainingRun[Any],
        context: "Context",
        warnings: Sequence[str],
        evaluation: Evaluation | None,
    ) -> None:
        self._run, self._context = run, context
        self._total = run.config.steps
        self._first_process = run.group.rank == 0
        self._watched = bool(context.hooks.inspected.get_hookimpls())
        self._slowed = 0  # how often the learning rates were halved
        self.warnings = list(warnings)
        self.history = History()
        self.best = None if evaluation is None else BestCheckpoint(evaluation, run.network)

    def execute(self) -> None:
        run = self._run
        kept = self._context.checkpoint.load()
        self._check_same_for_all(kept)
        if kept is None:
            for warning in self.warnings:
                self._context.hooks.warned(message=warning)
            self._good = self._state()
        else:
            self._restore(kept)
            self._good = kept
        self._report_progress(run.step)
        while run.step < self._total:
            try:
                self._advance()
            except TrainingDiverged as error:
                if not self._roll_back(error):
                    self._report_progress(self._total)
                    return
            self._report_progress(run.step)

    def _check_same_for_all(self, kept: State | None) -> None:
        """Raise where a process sees another checkpoint than the first: they would wait for each other."""
        group = self._run.group
        step = -1 if kept is None else kept[1]["step"]
        seen = group.gather(torch.tensor([step], device=group.device)).tolist()
        if len(set(seen)) > 1:
            raise StoreError(
                f"the processes of this run see checkpoints of different steps, {sorted(set(seen))}: they "
                "need the same output folder; where it is shared over a network, start the run again"
            )

    def _advance(self) -> None:
        run, config = self._run, self._run.config
        step = run.step + 1
        last = step == self._total
        logged = step % config.log_every == 0 or step == 1 or last
        run.advance(measured=logged)
        if logged:
            self._log(last)
        if step % config.checkpoint_every == 0 or last:
            run.check_finite()
            run.check_samples()
        if step % config.checkpoint_every == 0:
            self._good = self._state()
            self._save()

    def _log(self, last: bool) -> None:
        run, hooks = self._run, self._context.hooks
        run.check_finite()
        measured = {}
        if self.best is not None:
            if self._first_process:
                self.best.consider(run.network, run.step, last)
            measured = self.best.values
        values = run.values() | measured
        self.history.append(run.step, values)
        hooks.trained(step=run.step, total=self._total, values=values)
        if self._watched:
            with forked(run.group.device), run.snapshot() as snapshot:
                hooks.inspected(snapshot=snapshot)

    def _roll_back(self, error: TrainingDiverged) -> bool:
        """Go back to the last good state; return whether to continue from there."""
        slowed, at = self._slowed, self._good[1]["step"]
        if slowed >= self._run.config.rollbacks and at == 0:
            raise error
        self._restore(self._good)
        ended = slowed >= self._run.config.rollbacks
        if ended:
            warning = f"{error}. The training ended at step {at}, its last good checkpoint"
        else:
            warning = (
                f"{error}. The training went back to step {at} and continued with half the learning rates"
            )
        self.warnings.append(warning)
        if not ended:
            self._slowed = slowed + 1
            self._run.scale_rates(0.5**self._slowed)
            self._good = self._state()
            self._save()
        self._context.hooks.warned(message=warning)
        return not ended

    def _state(self) -> State:
        tensors, state = self._run.state()
        whole: dict[str, Any] = {
            "step": self._run.step,
            "slowed": self._slowed,
            "warnings": list(self.warnings),
            "history": self.history.copy(),
            "run": state,
            "best": None,
        }
        if self.best is not None:
            best, whole["best"] = self.best.state()
            tensors |= best
        return tensors, whole

    def _restore(self, kept: State) -> None:
        tensors, state = kept
        self._run.restore(tensors, state["run"])
        self._run.step, self._slowed = state["step"], state["slowed"]
        self.warnings = list(state["warnings"])
        self.history.restore(state["history"])
        self._run.scale_rates(0.5**self._slowed)
        if self.best is not None:
            self.best.restore(tensors, state["best"])

    def _save(self) -> None:
        if self._first_process:
            self._context.checkpoint.save(*self._good)

    def _report_progress(self, done: int) -> None:
        self._context.hooks.progressed(task=TASK, done=done, total=self._total)
