"""Scale-GAN's theoretical extension: invertible transformations that the discriminator knows of."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.contracts.regularizer import Shows
from genaug.data import SampleSpec
from genaug.errors import DataError

Family = Literal["flip", "rotation", "channels", "sign"]


class InvertibleRegularizer(Regularizer):
    """Show the discriminator T_w x and w, for real and fake alike, with w drawn anew for each sample.

    A reconstruction of the extension of Scale-GAN (arXiv 2410.20780) to invertible augmentations,
    whose choice of families is not known to us. The discriminator computes f(T_w x, w): w is given
    as one code ``[1, 0, …]`` a family. It cannot leak: given w, T_w is one-to-one, so the
    distributions of T_w x and T_w G(z) agree for a w if and only if those of x and G(z) do; to
    match them all, the generator has to make untransformed samples, and nothing is undone at
    generation. (A flip without a condition leaks: a generator of mirrored letters would not be found out.)

    Families; from each an element is drawn uniformly, the identity among them:

    - ``flip``: left to right or not. - ``rotation``: by 0 to 3 quarter turns, for square images.
    - ``channels``: permutations of the channels, `cyclic` or `all`. - ``sign``: x or −x, which
      suits signals and vectors too.
    """

    name: ClassVar[str] = "invertible"
    shows: ClassVar[Shows] = "conditioned"

    families: tuple[Family, ...] = Field(default=("flip", "rotation"), min_length=1)
    """Families of transformations, applied in this order."""
    permute: Literal["cyclic", "all"] = "cyclic"
    """Family channels: shift the channels cyclically (C elements) or permute them at will (C!)."""
    share_clean: float = Field(default=0.5, ge=0, le=1)
    """Share of every batch, chosen at random, that stays as it is."""

    @field_validator("families")
    @classmethod
    def _once_each(cls, families: tuple[Family, ...]) -> tuple[Family, ...]:
        if len(set(families)) < len(families):
            raise ValueError(f"each family at most once, not {', '.join(families)}")
        return families

    def check_usable(self, spec: SampleSpec) -> None:
        """Refuse samples that a chosen family cannot transform."""
        if spec.modality != "image" and set(self.families) != {"sign"}:
            raise DataError(
                f"invertible can transform samples of modality {spec.modality!r} by their sign alone: "
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
            DataError: where a chosen family cannot transform such samples.
        """
        from genaug_plugins.regularizers.active_invertible import ActiveInvertible

        self.check_usable(training.spec)
        return ActiveInvertible(self, training)
