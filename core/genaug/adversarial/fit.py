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
        generator: the averaged generator, in evaluation mode, on the training's device; with an evaluation
            the best one.
        discriminator: the last one, in evaluation mode.
        condition_dim: number of condition columns of the discriminator.
        history: the logged values by name, one for each logged step; ``step`` contains the steps.
        warnings: for the user, a sentence each.
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
    """Train a generator against a discriminator; an interrupted training resumes from its checkpoint.

    All randomness derives from ``context.seed``; torch's global generators are restored. On the CPU a resumed
    training ends with bitwise the same weights as an uninterrupted one. A training that diverges (a term
    becomes non-finite, or the generator collapses) goes back to its last good checkpoint and continues with
    half the learning rates; after ``config.rollbacks`` times it ends there. With several processes
    (``torchrun``) each computes its share of every batch.

    Args:
        architecture: of the networks.
        regularizers: in the order in which they augment and append their conditions.
        view: the training view, one sample or more.
        config: settings of the training.
        context: seed, device, hooks and checkpoint.
        start: initial weights; None: random ones.
        evaluation: measurement by which the best generator is chosen; None: the last one is kept.

    Raises:
        DataError: if the view is empty, or the architecture does not support its samples.
        PluginFailed: if the architecture or a regularizer fails or returns something invalid.
        TrainingDiverged: if it diverged before the first checkpoint; names the step and the term.
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
