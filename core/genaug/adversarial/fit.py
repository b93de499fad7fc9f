"""Train a generator against a discriminator on a training view."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from genaug.adversarial.config import AdversarialConfig
from genaug.adversarial.start import Start
from genaug.adversarial.step import AdversarialRun
from genaug.contracts import Architecture, Context, Regularizer
from genaug.data import TrainView
from genaug.data.seeds import derive_seed
from genaug.errors import DataError
from genaug.training import loop
from genaug.training.best_checkpoint import Evaluation
from genaug.training.state import seeded


@dataclass(frozen=True, eq=False)
class Trained:
    """The outcome of an adversarial training.

    Attributes:
        generator: the averaged generator network, in evaluation mode, on the training's device; the
            best one where an evaluation chose.
        discriminator: as it was in the end, in evaluation mode.
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
    config: AdversarialConfig,
    context: Context,
    *,
    start: Start | None = None,
    evaluation: Evaluation | None = None,
) -> Trained:
    """Train a generator against a discriminator; resume where a killed training stopped.

    All randomness derives from ``context.seed``; torch's global generator is left as it was. A
    resumed training ends on the CPU with bitwise the same weights as an uninterrupted one. One
    that diverges (a term becomes non-finite, or the generator collapses) goes back to its last
    good checkpoint and continues with half the learning rates; after ``config.rollbacks`` times
    it ends there. In several processes (``torchrun``) each computes its share of every batch.

    Args:
        architecture: makes the networks.
        regularizers: in the order in which they augment, and in which their conditions are joined.
        view: the training view, at least one sample.
        config: how long, how fast and by which means.
        context: seed, device, hooks and checkpoint.
        start: weights to begin with; None: random ones.
        evaluation: choose the generator by it; None: the last one.

    Raises:
        DataError: where the view is empty, or the architecture cannot make such samples.
        PluginFailed: where the architecture or a regularizer fails or returns something wrong; names it.
        TrainingDiverged: where not even the first checkpoint was reached; names the step and term.
    """
    if len(view.samples) == 0:
        raise DataError("the training view is empty: nothing can be learned; ask for more in `split`")
    device = torch.device(context.device)
    with seeded(device, derive_seed(context.seed, "networks")):
        random = torch.Generator(device).manual_seed(derive_seed(context.seed, "training"))
        run = AdversarialRun(architecture, regularizers, view, config, random, start or Start())
        trained = loop.train(run, context, warnings=run.warnings, evaluation=evaluation)
    return Trained(
        trained.network,
        run.discriminator.eval().requires_grad_(False),
        run.condition_dim,
        trained.history,
        trained.warnings,
    )
