"""The training loop of an adversarial generator."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from genaug.adversarial.run import Run, Schedule
from genaug.contracts import Architecture, Context, Regularizer
from genaug.data import TrainView
from genaug.errors import DataError
from genaug.seeds import derive_seed

TASK = "train the generator"


@dataclass(frozen=True, eq=False)
class Trained:
    """Hold what a training leaves behind.

    Attributes:
        generator: the averaged generator network, in evaluation mode, on the training's device.
        condition_dim: columns of the condition that its discriminator was built for.
        history: one value a logged step under each name; ``step`` names the steps.
    """

    generator: nn.Module
    condition_dim: int
    history: dict[str, list[float]]


def train(
    architecture: Architecture,
    regularizers: Sequence[Regularizer],
    view: TrainView,
    schedule: Schedule,
    context: Context,
) -> Trained:
    """Train a generator against a discriminator, and go on where a killed training stopped.

    All randomness derives from ``context.seed``; torch's global generator is left as it was. A
    resumed training ends on the CPU with bitwise the same weights as an uninterrupted one.

    Args:
        architecture: makes the networks.
        regularizers: in the order in which their views are applied and their conditions joined.
        view: the training view, at least one sample.
        schedule: how long and how fast.
        context: seed, device, hooks and checkpoint.

    Raises:
        DataError: where the view is empty, or the architecture cannot make such samples.
        TrainingDiverged: naming the step and the term that became non-finite.
    """
    if len(view.samples) == 0:
        raise DataError("the training view is empty: nothing can be learned; ask for more in `split`")
    device = torch.device(context.device)
    with _seeded(device, derive_seed(context.seed, "networks")):
        random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
        run = Run(architecture, regularizers, view, schedule, random)
        kept = context.checkpoint.load()
        if kept is not None:
            run.restore(*kept)
        context.hooks.progressed(task=TASK, done=run.step, total=schedule.steps)
        while run.step < schedule.steps:
            run.advance()
            if run.step % schedule.log_every == 0 or run.step in (1, schedule.steps):
                context.hooks.trained(step=run.step, total=schedule.steps, values=run.log())
            if run.step % schedule.checkpoint_every == 0:
                context.checkpoint.save(*run.state())
            context.hooks.progressed(task=TASK, done=run.step, total=schedule.steps)
    return Trained(run.average.network, run.condition_dim, run.history)


@contextmanager
def _seeded(device: torch.device, seed: int) -> Iterator[None]:
    """Seed torch's global generators of the CPU and of `device`, and put them back in the end."""
    # torch.manual_seed would seed every GPU there is, whether it is used or not.
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.default_generator.manual_seed(seed)
        if device.type == "cuda":
            with torch.cuda.device(device):
                torch.cuda.manual_seed(seed)
        yield
