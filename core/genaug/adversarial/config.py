"""How an adversarial training goes about it."""

from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from genaug.adversarial.losses import LossName
from genaug.training.batch_sampler import Draw

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Schedule:
    """Hold how long, how fast and by which means an adversarial training learns.

    Attributes:
        steps: updates of either network.
        batch_size: real samples, and fake ones, of each update, over all processes.
        generator_rate, discriminator_rate: learning rates of Adam.
        betas: decay of Adam's two moments.
        loss: what the networks minimize, see `LOSSES`.
        half_life: steps after which a weight counts half in the averaged generator; 0: no averaging.
        labels: how classes are drawn, see `BatchSampler`.
        log_every: steps between two entries of the history.
        checkpoint_every: steps between two checkpoints.
        accumulate: parts that a process takes its share of a batch in, one behind the other, to
            save memory; whatever is taken over a batch (a variance, a minibatch deviation) is then
            taken over a part.
        precision: of the networks' forward and backward passes; weights, losses and penalties are
            float32 always.
        channels_last: keep images and their weights channels-last in memory.
        compile: compile the networks; the discriminator only for passes that nothing differentiates
            twice.
        rollbacks: how often a training that diverged goes back to its last good checkpoint and on
            with half the learning rates, before it ends there.
    """

    steps: int
    batch_size: int
    generator_rate: float
    discriminator_rate: float
    betas: tuple[float, float] = (0.0, 0.99)
    loss: LossName = "non-saturating"
    half_life: float = 50.0
    labels: Draw = "balanced"
    log_every: int = 10
    checkpoint_every: int = 250
    accumulate: int = 1
    precision: Precision = "float32"
    channels_last: bool = False
    compile: bool = False
    rollbacks: int = 3


@dataclass(frozen=True)
class Start:
    """Hold what a training starts from instead of random weights.

    Attributes:
        generator, discriminator: weights by name, as a sampler saved them. A tensor that this
            training's network lacks, or has in another shape, is left out, and that is warned of.
        freeze_discriminator: the discriminator's first stages that keep their weights (FreezeD, Mo
            et al. 2020, arXiv 2002.10964).
    """

    generator: dict[str, Tensor] = field(default_factory=dict)
    discriminator: dict[str, Tensor] = field(default_factory=dict)
    freeze_discriminator: int = 0
