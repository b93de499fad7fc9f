"""Scale-GAN's variance regularizer: the discriminator's variance in place of its gradient."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training


class VarianceRegularizer(Regularizer):
    """Penalize a variance V of the discriminator f, which stands in for ‖∇f‖² without a double backward.

    A reconstruction of the variance-based regularization of Scale-GAN (arXiv 2410.20780), whose
    formula is not known to us; its readings are the functions of `active_variance`, with u what the
    discriminator sees:

    - ``noise``: V = E_u Var_ε f(u + σε) = σ²·E‖∇f‖² + O(σ⁴), `noise_variance`: two more passes for
      real and two for fake. With `every` above 1 it costs that much less often.
    - ``batch``: V = Var f over the minibatch, `batch_variance`: no more passes. Poincaré:
      Var f ≤ C·E‖∇f‖². Where a batch is taken in parts, each part has a variance of its own; their
      mean is as unbiased, and not the same number.
    - ``scale``: V = E_x Var_s f(s·x, s), `scale_variance`: one more pass each; it penalizes the
      slope along the ray through x alone. Augmentations after the scaling stay as drawn.
    """

    name: ClassVar[str] = "variance"

    reading: Literal["noise", "batch", "scale"] = "noise"
    """Over what the variance is taken."""
    weight: float | None = Field(default=None, ge=0)
    """Weight λ; None: one that suits the reading, 100 for noise, .1 for batch, 1 for scale."""
    sigma: float = Field(default=0.05, gt=0)
    """Reading noise: standard deviation σ of the disturbance, in units of the values."""
    where: Literal["real", "fake", "both"] = "both"
    """On which samples; real and fake are taken separately and added."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each then counts this many times."""

    def check_context(self, context: RegularizerContext) -> None:
        """Refuse the reading `scale` where nothing before draws a scale."""
        if self.reading == "scale" and not any(other.gives_scales for other in context.before):
            raise ValueError(
                "variance with reading `scale` needs a scaling regularizer before it: add {use: scaling}"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty.

        Raises:
            ValueError: where the reading is `scale` and no scaling is attached before.
        """
        from genaug_plugins.regularizers.active_variance import ActiveVariance

        return ActiveVariance(self, training)
