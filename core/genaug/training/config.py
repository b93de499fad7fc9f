"""The settings that every iterative fit shares."""

from typing import Literal, Self

from pydantic import Field, model_validator

from genaug.settings import Settings

ClassSampling = Literal["balanced", "data"]
Precision = Literal["float32", "bfloat16"]


class TrainingConfig(Settings):
    """How long, how fast and by which means an iterative fit learns.

    A generator inherits these settings: ``class MyGenerator(TrainingConfig, Generator)``.
    """

    steps: int = Field(default=3000, ge=1)
    """Updates of the weights."""
    batch_size: int = Field(default=64, ge=1)
    """Samples of a batch, over all processes, drawn with replacement; may be larger than the data."""
    accumulate: int = Field(default=1, ge=1)
    """Parts in which a batch is computed, one after another, to save memory. What is computed over a
    batch (a variance, a minibatch deviation) is then computed over a part."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Learning rate of Adam."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Decay of Adam's first and second moment, each in [0, 1)."""
    labels: ClassSampling = "balanced"
    """How classes are drawn: each class, or each sample, equally often."""
    ema_half_life: float = Field(default=50.0, ge=0)
    """Steps after which a weight counts half in the averaged network; 0: no averaging."""
    precision: Precision = "float32"
    """Of the networks' passes; bfloat16 is faster where the hardware has it, and coarser. Weights and losses
    are float32 always."""
    channels_last: bool = False
    """Keep images channels-last in memory; often faster in bfloat16 and on GPUs."""
    compile: bool = False
    """Compile the networks."""
    rollbacks: int = Field(default=3, ge=0)
    """How often a training that diverges goes back to its last good checkpoint and continues at half the
    learning rate."""
    log_every: int = Field(default=10, ge=1)
    """Steps between two entries of the history."""
    checkpoint_every: int = Field(default=250, ge=1)
    """Steps between two checkpoints; a killed fit resumes from the last one."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be in [0, 1), not {self.betas}")
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"accumulate ({self.accumulate}) must not be above batch_size ({self.batch_size})"
            )
        return self
