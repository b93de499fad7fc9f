"""Scale-GAN's theoretical extension: invertible transformations, which are the discriminator's condition."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.contracts.regularizer import Shows
from genaug.data import SampleSpec
from genaug.errors import DataError

Family = Literal["flip", "rotation", "channels", "sign"]


class InvertibleRegularizer(Regularizer):
    """Show the discriminator T_w x and w, for real and fake alike, with w drawn for each sample.

    A reconstruction of the extension of Scale-GAN (arXiv 2410.20780) to invertible augmentations; the
    paper's families are not known to us. The discriminator computes f(T_w x, w), with one one-hot code
    for each family as w. It cannot leak: given w, T_w is one-to-one, so the distributions of T_w x and
    T_w G(z) are equal for a w if and only if those of x and G(z) are. So the generator must make
    untransformed samples, and generated samples need no inverse transformation. (A flip without a
    condition leaks: the discriminator could not distinguish a generator of mirrored letters.)

    From each family an element is drawn uniformly, the identity included:

    - ``flip``: left to right or not.
    - ``rotation``: by 0 to 3 quarter turns, for square images.
    - ``channels``: permutations of the channels, see `permute`.
    - ``sign``: x or −x, also for signals and vectors.
    """

    name: ClassVar[str] = "invertible"
    shows: ClassVar[Shows] = "conditioned"

    families: tuple[Family, ...] = Field(default=("flip", "rotation"), min_length=1)
    """Families of transformations, applied in this order."""
    permute: Literal["cyclic", "all"] = "cyclic"
    """Permutations of the family channels: the C cyclic ones, or all C!."""
    share_clean: float = Field(default=0.5, ge=0, le=1)
    """Share of every batch, chosen at random, that is not transformed."""

    @field_validator("families")
    @classmethod
    def _once_each(cls, families: tuple[Family, ...]) -> tuple[Family, ...]:
        if len(set(families)) < len(families):
            raise ValueError(f"each family at most once, not {', '.join(families)}")
        return families

    def check_usable(self, spec: SampleSpec) -> None:
        """Raise an error for samples that a chosen family cannot transform."""
        if spec.modality != "image" and set(self.families) != {"sign"}:
            raise DataError(
                f"invertible can transform {spec.modality} samples by their sign alone: "
                "set `families: [sign]`"
            )
        if "rotation" in self.families and spec.shape[1] != spec.shape[2]:
            raise DataError(
                f"invertible turns square images alone, not {spec.shape[1]}×{spec.shape[2]}: take `rotation` "
                "out of its `families`, or make the images square by the source's `size`"
            )
        if "channels" in self.families and not 2 <= spec.shape[0] <= 4:
            raise DataError(
                f"invertible permutes 2 to 4 channels, not {spec.shape[0]}: take `channels` out of `families`"
            )

    def attach(self, training: Training) -> ActiveRegularizer:
        """Return the augmentation.

        Raises:
            DataError: for samples that a chosen family cannot transform.
        """
        from genaug_plugins.regularizers.active_invertible import ActiveInvertible

        self.check_usable(training.spec)
        return ActiveInvertible(training, self.families, self.permute, self.share_clean)
