"""Consistency regularization: a small change of a sample or latent should hardly change the logit."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.adversarial import Batch
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug.training.rows import Rows

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from genaug.adversarial import DiscriminatorPass, GeneratorPass


class ConsistencyRegularizer(Regularizer):
    """Penalize the change of the logit f under a small transformation T, or under noise δ on the latent z.

    From Zhang et al. 2020 (CR, arXiv 1910.12027) and Zhao et al. 2020 (arXiv 2002.04724), with δ ~
    N(0, σ²I) and ‖·‖² the mean over a sample's values:

    - ``cr``: λ_real·E(f(x) − f(Tx))²
    - ``bcr``: cr, and λ_fake·E(f(G(z)) − f(T G(z)))²
    - ``zcr``: λ_latent·E(f(G(z)) − f(G(z + δ)))², and in the generator's loss
      −λ_generator·E‖G(z) − G(z + δ)‖², so that the generator does not ignore its latents
    - ``icr``: bcr and zcr.

    T mirrors an image with probability ½ and shifts it by up to an eighth in each direction, with mirrored
    borders. x and G(z) are the augmented samples. Gradients reach the discriminator through both logits.
    """

    name: ClassVar[str] = "consistency"

    mode: Literal["cr", "bcr", "zcr", "icr"] = "bcr"
    """The terms to use."""
    real: float = Field(default=10.0, ge=0)
    """Weight λ_real."""
    fake: float = Field(default=10.0, ge=0)
    """Weight λ_fake."""
    latent: float = Field(default=20.0, ge=0)
    """Weight λ_latent."""
    generator: float = Field(default=0.5, ge=0)
    """Weight λ_generator."""
    sigma: float = Field(default=0.05, gt=0)
    """Standard deviation σ of the noise δ on a latent, whose own is 1; adapt it to the data."""
    flip: bool = True
    """Let T mirror images; disable this if left and right differ in meaning, as in letters."""
    every: int = Field(default=1, ge=1)
    """Steps between two penalties on the discriminator; each is multiplied by this number."""

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that are not images, if the mode uses T."""
        if self.mode != "zcr" and spec.modality != "image":
            raise DataError(
                f"consistency with mode {self.mode!r} mirrors and shifts images, not samples of modality "
                f"{spec.modality!r}: set `mode: zcr`, which needs no images"
            )

    def check_context(self, context: RegularizerContext) -> None:
        """Raise an error for zcr with augmentations: G(z + δ) would need the same augmentation as G(z)."""
        changing = [other.name for other in context.others if other.shows != "none"]
        if self.mode in ("zcr", "icr") and changing:
            raise ValueError(
                f"consistency with mode {self.mode!r} compares logits of unaugmented fakes, and "
                f"{' and '.join(changing)} would augment them: remove {' and '.join(changing)}, or set "
                "`mode: bcr`"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the penalties.

        Raises:
            DataError: for samples that are not images, if the mode needs images.
        """
        self.check_usable(training.spec)
        return ActiveConsistency(self, training.random)


class ActiveConsistency(ActiveRegularizer):
    """Consistency penalties in one training."""

    def __init__(self, settings: ConsistencyRegularizer, random: torch.Generator) -> None:
        self._settings, self._random = settings, random
        self.every = settings.every

    def penalty(self, d: DiscriminatorPass) -> Tensor:
        """Return the sum of the mode's terms, a scalar."""
        s = self._settings
        total = d.fake_logits.new_zeros(())
        if s.mode != "zcr":
            total = total + s.real * (d.real_logits - self._transformed(d, d.real)).square().mean()
        if s.mode in ("bcr", "icr"):
            total = total + s.fake * (d.fake_logits - self._transformed(d, d.fake)).square().mean()
        if s.mode in ("zcr", "icr"):
            values = d.generate(d.latents + self._disturbance(d.latents, d.rows))
            near = d.discriminate(Batch(values, d.fake.labels, d.fake.condition))
            total = total + s.latent * (d.fake_logits - near).square().mean()
        return total

    def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
        """Return −λ_generator·E‖G(z) − G(z + δ)‖², or None if the mode has no such term."""
        if self._settings.mode not in ("zcr", "icr"):
            return None
        near = g.generate(g.latents + self._disturbance(g.latents, g.rows), g.labels)
        return -self._settings.generator * (g.values - near).square().mean()

    def _transformed(self, d: DiscriminatorPass, batch: Batch) -> Tensor:
        """Return the logits of T x, ``[N]``."""
        import torch

        from genaug_plugins.regularizers.image_operations import flipped, shifted

        images, total, device = batch.values.detach(), d.rows.total, self._random.device
        if self._settings.flip:
            mirrored = torch.randint(2, (total,), generator=self._random, device=device) == 1
            images = flipped(images, d.rows.of(mirrored))
        down, right = (
            d.rows.of(
                torch.randint(-(size // 8), size // 8 + 1, (total,), generator=self._random, device=device)
            )
            for size in images.shape[2:]
        )
        images = shifted(images, down, right, padding="reflection")
        return d.discriminate(Batch(images, batch.labels, batch.condition))

    def _disturbance(self, latents: Tensor, rows: Rows) -> Tensor:
        """Return δ for these rows, ``[N, Z]``."""
        import torch

        whole = torch.randn(
            rows.total, *latents.shape[1:], generator=self._random, device=self._random.device
        )
        return rows.of(whole) * self._settings.sigma
