"""The loop of every iterative fit: steps, logs, checkpoints, and rollbacks after a divergence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from genaug.errors import StoreError, TrainingDiverged
from genaug.training.best_checkpoint import BestCheckpoint, Evaluation
from genaug.training.history import History
from genaug.training.run import State, TrainingRun
from genaug.training.state import forked

if TYPE_CHECKING:
    from genaug.contracts import Context

TASK = "train the generator"


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """The outcome of a training.

    Attributes:
        network: the last network of the run, or with an evaluation the best one.
        history: the logged values by name, one for each logged step; ``step`` contains the steps.
        warnings: for the user, a sentence each.
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
    """Execute a training; an interrupted one resumes from its checkpoint.

    A training that diverges goes back to its last good checkpoint and continues with half the learning rates;
    after ``config.rollbacks`` times it ends there.

    Args:
        run: the training before its first step.
        context: hooks and checkpoint.
        warnings: for the user, before the training starts.
        evaluation: measurement by which the best weights are chosen; None: the last ones are kept.

    Raises:
        TrainingDiverged: if it diverged before the first checkpoint.
        StoreError: if the processes of the training have different checkpoints.
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
        # Processes that resume from different steps would wait for each other for ever.
        step = torch.tensor([-1 if kept is None else kept[1]["step"]], device=run.group.device)
        steps = sorted(set(run.group.gather(step).tolist()))
        if len(steps) > 1:
            raise StoreError(
                f"the processes of this run have checkpoints of different steps, {steps}: they need the same "
                "output folder; if it is shared over a network, start the run again"
            )
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
        """Go back to the last good state; return whether the training continues from there."""
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
        complete: dict[str, Any] = {
            "step": self._run.step,
            "slowed": self._slowed,
            "warnings": list(self.warnings),
            "history": self.history.copy(),
            "run": state,
            "best": None,
        }
        if self.best is not None:
            best, complete["best"] = self.best.state()
            tensors |= best
        return tensors, complete

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
