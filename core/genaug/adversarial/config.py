"""The settings of an adversarial training."""

from pydantic import Field

from genaug.adversarial.losses import LossName
from genaug.training.config import ClassSampling, TrainingConfig


class AdversarialConfig(TrainingConfig):
    """Settings of the training of a generator against a discriminator."""

    loss: LossName = "non-saturating"
    """Loss of both networks; `wasserstein` needs a regularizer that bounds the discriminator's gradient."""
    steps: int = Field(default=3000, ge=1)
    """Updates of each network."""
    learning_rate: float = Field(default=1e-3, gt=0)
    """Learning rate of the generator."""
    discriminator_learning_rate: float | None = Field(default=None, gt=0)
    """Learning rate of the discriminator; None: the generator's."""
    betas: tuple[float, float] = (0.0, 0.99)
    """Decay of Adam's first and second moment, each in [0, 1)."""
    labels: ClassSampling = "balanced"
    """How classes are drawn, for real and fake samples: each class, or each sample, equally often."""
    ema_half_life: float = Field(default=50.0, ge=0)
    """Steps after which a weight counts half in the averaged generator; 0: no averaging."""
    compile: bool = False
    """Compile the networks; the discriminator only if no penalty differentiates it twice."""

    @property
    def discriminator_rate(self) -> float:
        """Return the learning rate of the discriminator."""
        return self.discriminator_learning_rate or self.learning_rate
