"""The training loop of an adversarial generator."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from genaug.adversarial.config import Schedule, Start
from genaug.adversarial.mode_collapse import ModeCollapse
from genaug.adversarial.run import Run
from genaug.contracts import Architecture, Context, Regularizer
from genaug.data import TrainView
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, StoreError, TrainingDiverged
from genaug.training.best_checkpoint import BestCheckpoint, Evaluation

TASK = "train the generator"
State = tuple[dict[str, Tensor], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Trained:
    """Hold what a training leaves behind.

    Attributes:
        generator: the averaged generator network, in evaluation mode, on the training's device; the
            best one where an evaluation chose.
        discriminator: as it stood in the end, in evaluation mode.
        condition_dim: columns of the condition that the discriminator was built for.
        history: one value a logged step under each name; ``step`` names the steps.
        warnings: what a person should know, a sentence each.
    """

    generator: nn.Module
    discriminator: nn.Module
    condition_dim: int
    history: dict[str, list[float]]
    warnings: tuple[str, ...] = ()


def train(
    architecture: Architecture,
    regularizers: Sequence[Regularizer],
    view: TrainView,
    schedule: Schedule,
    context: Context,
    *,
    start: Start | None = None,
    evaluation: Evaluation | None = None,
) -> Trained:
    """Train a generator against a discriminator, and go on where a killed training stopped.

    All randomness derives from ``context.seed``; torch's global generator is left as it was. A
    resumed training ends on the CPU with bitwise the same weights as an uninterrupted one. One
    that diverges (a term becomes non-finite, or the generator collapses) goes back to its last
    good checkpoint and on with half the learning rates; after ``schedule.rollbacks`` times it
    ends there. In several processes (``torchrun``) each computes its share of every batch.

    Args:
        architecture: makes the networks.
        regularizers: in the order in which their views are applied and their conditions joined.
        view: the training view, at least one sample.
        schedule: how long, how fast and by which means.
        context: seed, device, hooks and checkpoint.
        start: weights to begin with; None: random ones.
        evaluation: choose the generator by it; None: the last one.

    Raises:
        DataError: where the view is empty, or the architecture cannot make such samples.
        TrainingDiverged: where not even the first checkpoint was reached; names the step and term.
    """
    if len(view.samples) == 0:
        raise DataError("the training view is empty: nothing can be learned; ask for more in `split`")
    device = torch.device(context.device)
    with _seeded(device, derive_seed(context.seed, "networks")):
        random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
        run = Run(architecture, regularizers, view, schedule, random, start or Start())
        choice = None if evaluation is None else BestCheckpoint(evaluation, run.average.network)
        loop = _Loop(run, choice, ModeCollapse(view.samples, run.latent_dim, device), schedule, context)
        loop.carry_out()
    return Trained(
        run.average.network if choice is None else choice.network,
        run.discriminator.eval().requires_grad_(False),
        run.condition_dim,
        run.history.columns,
        tuple(run.warnings),
    )


class _Loop:
    def __init__(
        self,
        run: Run,
        choice: BestCheckpoint | None,
        spread: ModeCollapse,
        schedule: Schedule,
        context: Context,
    ) -> None:
        self._run, self._choice, self._spread = run, choice, spread
        self._schedule, self._context = schedule, context
        self._device = torch.device(context.device)
        self._first = run.peers.rank == 0
        self._listened = bool(context.hooks.inspected.get_hookimpls())

    def carry_out(self) -> None:
        run, context = self._run, self._context
        kept = context.checkpoint.load()
        self._check_seen_by_all(kept)
        if kept is None:
            for warning in run.warnings:
                context.hooks.warned(message=warning)
            self._good = self._state()
        else:
            self._restore(kept)
            self._good = kept
        self._tell_progress(run.step)
        while run.step < self._schedule.steps:
            try:
                self._step()
            except TrainingDiverged as error:
                if not self._roll_back(error):
                    self._tell_progress(self._schedule.steps)
                    return
            self._tell_progress(run.step)

    def _check_seen_by_all(self, kept: State | None) -> None:
        """Raise where a process sees another checkpoint than the first: they would wait for each other."""
        step = -1 if kept is None else kept[1]["run"]["step"]
        seen = self._run.peers.gather(torch.tensor([step], device=self._device)).tolist()
        if len(set(seen)) > 1:
            raise StoreError(
                f"the processes of this run see checkpoints of different steps, {sorted(set(seen))}: they "
                "need the same output folder; where it is shared over a network, start the run again"
            )

    def _step(self) -> None:
        run, schedule = self._run, self._schedule
        step = run.step + 1
        logged = step % schedule.log_every == 0 or step in (1, schedule.steps)
        run.advance(measured=logged)
        if logged:
            self._log()
        if step % schedule.checkpoint_every == 0 or step == schedule.steps:
            run.check_finite()
            self._spread.check(run.average.network, step, run.peers)
        if step % schedule.checkpoint_every == 0:
            self._good = self._state()
            self._save()

    def _log(self) -> None:
        run, context = self._run, self._context
        run.check_finite()
        measured = {}
        if self._choice is not None:
            if self._first:
                self._choice.consider(run.average.network, run.step, run.step == self._schedule.steps)
            measured = self._choice.values
        values = run.log(measured)
        context.hooks.trained(step=run.step, total=self._schedule.steps, values=values)
        if self._listened:
            with _forked(self._device), _evaluating(run.discriminator):
                context.hooks.inspected(snapshot=run.snapshot())

    def _roll_back(self, error: TrainingDiverged) -> bool:
        """Go back to the last good state; return whether to go on from there."""
        slowed = self._run.slowed
        at = self._good[1]["run"]["step"]
        if slowed >= self._schedule.rollbacks and at == 0:
            raise error
        self._restore(self._good)
        if slowed >= self._schedule.rollbacks:
            warning = f"{error}. The training ended at step {at}, its last good checkpoint"
            self._run.warnings.append(warning)
        else:
            warning = f"{error}. The training went back to step {at} and on with half the learning rates"
            self._run.slow_down(slowed + 1, warning)
            self._good = self._state()
            self._save()
        self._context.hooks.warned(message=warning)
        return slowed < self._schedule.rollbacks

    def _state(self) -> State:
        tensors, state = self._run.state()
        whole = {"run": state, "spread": self._spread.largest, "choice": None}
        if self._choice is not None:
            best, whole["choice"] = self._choice.state()
            tensors |= best
        return tensors, whole

    def _restore(self, kept: State) -> None:
        tensors, state = kept
        self._run.restore(tensors, state["run"])
        self._spread.largest = state["spread"]
        if self._choice is not None:
            self._choice.restore(tensors, state["choice"])

    def _save(self) -> None:
        if self._first:
            self._context.checkpoint.save(*self._good)

    def _tell_progress(self, done: int) -> None:
        self._context.hooks.progressed(task=TASK, done=done, total=self._schedule.steps)


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    network.eval()
    try:
        yield
    finally:
        network.train()


@contextmanager
def _seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Seed torch's global generators of the CPU and of `device`, and put them back in the end."""
    # torch.manual_seed would seed every GPU there is, whether it is used or not.
    with _forked(device):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield


def _forked(device: torch.device) -> AbstractContextManager[None]:
    """Put torch's global generators of the CPU and of `device` back in the end."""
    return torch.random.fork_rng([device] if device.type == "cuda" else [])
