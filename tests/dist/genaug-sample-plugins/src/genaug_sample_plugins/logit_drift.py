"""Keep the discriminator's logits near zero."""

from typing import ClassVar

from pydantic import Field
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.discriminator_pass import DiscriminatorPass, Logits


class LogitDriftRegularizer(Regularizer):
    """Penalize the mean square of the logits on real samples: weight · E f(x)².

    The drift term of Karras et al. 2018, arXiv 1710.10196, which there has weight 0.001.
    """

    name: ClassVar[str] = "logit-drift"

    weight: float = Field(default=0.001, ge=0)
    """Factor of the penalty."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return what acts on one training."""
        return _LogitDrift(self.weight)


class _LogitDrift(ActiveRegularizer):
    def __init__(self, weight: float) -> None:
        self._weight = weight
        self._last: Tensor | float = 0.0

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        return self._weight * d.real_logits.square().mean()

    def observe(self, logits: Logits) -> None:
        self._last = logits.real.mean()  # read when it is logged: until then no one waits for the device

    def logs(self) -> dict[str, float]:
        return {"real_logit": float(self._last)}

    def state(self) -> dict[str, float]:
        return {"last": float(self._last)}

    def restore(self, state: dict[str, float]) -> None:
        self._last = state["last"]
