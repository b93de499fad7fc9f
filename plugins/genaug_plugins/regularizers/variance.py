"""Scale-GAN's variance regularizer: a penalty on the discriminator's variance instead of its gradient."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training


class VarianceRegularizer(Regularizer):
    """Penalize a variance V of the discriminator f, which approximates ‖∇f‖² without a double backward pass.

    A reconstruction of the variance-based regularization of Scale-GAN (arXiv 2410.20780); the paper's
    formula is not known to us. Its three readings, with u the augmented sample:

    - ``noise``: V = E_u Var_ε f(u + σε) = σ²·E‖∇f‖² + O(σ⁴): two additional passes for real and
      two for fake samples.
    - ``batch``: V = Var f over the minibatch: no additional passes. Poincaré: Var f ≤ C·E‖∇f‖². If a
      batch is computed in parts, V is the mean of the parts' variances, which is also unbiased but not
      equal.
    - ``scale``: V = E_x Var_s f(s·x, s): one additional pass for real and one for fake samples; it
      penalizes only the slope along the ray through x. Augmentations after the scaling are not drawn again.
    """

    name: ClassVar[str] = "variance"

    reading: Literal["noise", "batch", "scale"] = "noise"
    """What the variance is over: noise on the input, the batch, or the scale."""
    weight: float | None = Field(default=None, ge=0)
    """Weight λ; None: 100 for noise, .1 for batch, 1 for scale."""
    sigma: float = Field(default=0.05, gt=0)
    """Reading noise: standard deviation σ of the noise, in units of the values."""
    where: Literal["real", "fake", "both"] = "both"
    """The samples to penalize; the variances of real and fake samples are computed separately and added."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties; each is multiplied by this number."""

    def check_context(self, context: RegularizerContext) -> None:
        """Raise an error for the reading `scale` without a scaling before it."""
        if self.reading == "scale" and not any(other.gives_scales for other in context.before):
            raise ValueError(
                "variance with reading `scale` needs a scaling regularizer before it: add {use: scaling}"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalty.

        Raises:
            ValueError: if the reading is `scale` and no scaling is attached before.
        """
        from genaug_plugins.regularizers.active_variance import ActiveVariance

        return ActiveVariance(
            training,
            reading=self.reading,
            weight=self.weight,
            sigma=self.sigma,
            where=self.where,
            every=self.every,
        )
