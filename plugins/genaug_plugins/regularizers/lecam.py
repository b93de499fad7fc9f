"""LeCam: a penalty on the distance of logits from running means of the other side's logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, Training

if TYPE_CHECKING:
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass, Logits


class LecamRegularizer(Regularizer):
    """Penalize logits beyond the running mean of the other side (Tseng et al. 2021, arXiv 2104.03310).

    λ·[E max(0, f(x) − ema_f)² + E max(0, ema_r − f(G(z)))²], with ema_r and ema_f the exponential
    moving averages of the mean logit of real and of generated samples, computed from the first step.
    """

    name: ClassVar[str] = "lecam"

    weight: float = Field(default=0.3, ge=0)
    """Weight λ; the paper uses .3 with BigGAN and the hinge loss, 3e-7 with StyleGAN2."""
    decay: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the running means at each step."""
    warmup: int = Field(default=1000, ge=1)
    """Steps before the first penalty, in which the running means stabilize."""

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty with its running means."""
        return ActiveLecam(self, training)


class ActiveLecam(ActiveRegularizer):
    """LeCam penalty and its running means in one training."""

    def __init__(self, settings: LecamRegularizer, training: Training) -> None:
        import torch

        self._settings = settings
        self._seen = 0  # steps
        # ema_r and ema_f. In double precision, so that a state in JSON restores them exactly.
        self._means = torch.zeros(2, dtype=torch.float64, device=training.random.device)

    def penalty(self, d: DiscriminatorPass) -> Tensor | None:
        """Return the penalty, a scalar; None during the warm-up."""
        if self._seen < self._settings.warmup:
            return None
        real_mean, fake_mean = self._means.to(d.real_logits.dtype).unbind()
        far = (d.real_logits - fake_mean).relu().square().mean() + (
            real_mean - d.fake_logits
        ).relu().square().mean()
        return self._settings.weight * far

    def observe(self, logits: Logits) -> None:
        """Update the running means; the first step sets them."""
        import torch

        now = torch.stack([logits.real.double().mean(), logits.fake.double().mean()])
        self._means = torch.lerp(now, self._means, self._settings.decay) if self._seen else now
        self._seen += 1

    def logs(self) -> dict[str, float]:
        """Return the running means."""
        real, fake = self._means.tolist()
        return {"ema_real": real, "ema_fake": fake}

    def state(self) -> dict[str, Any]:
        """Return the running means and the number of steps."""
        return {"seen": self._seen, "means": self._means.tolist()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        import torch

        self._seen = state["seen"]
        self._means = torch.tensor(state["means"], dtype=torch.float64, device=self._means.device)
