"""The settings that every iterative fit shares."""

from typing import Literal, Self

from pydantic import Field, model_validator

from genaug.settings import Settings

ClassSampling = Literal["balanced", "data"]
Precision = Literal["float32", "bfloat16"]


class TrainingConfig(Settings):
    """Settings of an iterative fit.

    A generator inherits these settings: ``class MyGenerator(TrainingConfig, Generator)``.
    """

    steps: int = Field(default=3000, ge=1)
    """Updates of the weights."""
    batch_size: int = Field(default=64, ge=1)
    """Samples of a batch, of all processes together, drawn with replacement; may be larger than the data."""
    accumulate: int = Field(default=1, ge=1)
    """Number of parts in which a batch is computed sequentially, to save memory. Statistics over a batch (a
    variance, a minibatch deviation) are then computed over a part."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Learning rate of Adam."""
    betas: tuple[float, float] = (0.9, 0.999)
    """Decay of Adam's first and second moment, each in [0, 1)."""
    labels: ClassSampling = "balanced"
    """How classes are drawn: each class, or each sample, equally often."""
    ema_half_life: float = Field(default=50.0, ge=0)
    """Steps after which a weight counts half in the averaged network; 0: no averaging."""
    precision: Precision = "float32"
    """Precision of the networks' passes; bfloat16 is less precise, and faster on hardware that supports it.
    Weights and losses are always float32."""
    channels_last: bool = False
    """Store images channels-last in memory; often faster with bfloat16 and on GPUs."""
    compile: bool = False
    """Compile the networks."""
    rollbacks: int = Field(default=3, ge=0)
    """Maximum number of rollbacks of a training that diverges: it goes back to its last good checkpoint and
    continues with half the learning rate."""
    log_every: int = Field(default=10, ge=1)
    """Steps between two entries of the history."""
    checkpoint_every: int = Field(default=250, ge=1)
    """Steps between two checkpoints; an interrupted fit resumes from the last one."""

    def shortened(self) -> Self:
        """Return these settings with a single step; see `genaug.contracts.Generator.shortened`."""
        return self.model_copy(update={"steps": 1})

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must be in [0, 1), not {self.betas}")
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"accumulate ({self.accumulate}) must not be above batch_size ({self.batch_size})"
            )
        return self
