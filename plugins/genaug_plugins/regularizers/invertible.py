"""Scale-GAN's theoretical extension: invertible transformations that the discriminator knows of."""

from itertools import permutations
from typing import ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.discriminator_pass import Batch
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.image_operations import across, flipped, turned

Family = Literal["flip", "rotation", "channels", "sign"]


class InvertibleRegularizer(Regularizer):
    """Show the discriminator T_w x and w, for real and fake alike, with w drawn anew for each sample.

    A reconstruction of the extension of Scale-GAN (arXiv 2410.20780) to invertible augmentations,
    whose choice of families is not known to us. The discriminator computes f(T_w x, w): w is told
    as one code ``[1, 0, …]`` a family. It cannot leak: given w, T_w is one-to-one, so the
    distributions of T_w x and T_w G(z) agree for a w if and only if those of x and G(z) do; to
    match them all, the generator has to make untransformed samples, and nothing is undone at
    generation. (An untold flip leaks: a generator of mirrored letters would not be found out.)

    Families; from each an element is drawn uniformly, the identity among them:

    - ``flip``: left to right or not. - ``rotation``: by 0 to 3 quarter turns, for square images.
    - ``channels``: permutations of the channels, `cyclic` or `all`. - ``sign``: x or −x, which
      suits signals and vectors too.
    """

    name: ClassVar[str] = "invertible"
    shows: ClassVar[Literal["none", "augmented", "conditioned"]] = "conditioned"

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
        """Return the view.

        Raises:
            DataError: where a chosen family cannot transform such samples.
        """
        self.check_usable(training.spec)
        return ActiveInvertible(self, training)


class ActiveInvertible(ActiveRegularizer):
    """Transform the samples of one training.

    Attributes:
        orders: how many elements each family has; as many columns tell of it.
    """

    def __init__(self, settings: InvertibleRegularizer, training: Training) -> None:
        self._settings, self._random = settings, training.random
        channels = training.spec.shape[0]
        self._permutations = torch.tensor(
            channel_permutations(channels, settings.permute) if "channels" in settings.families else [],
            device=training.random.device,
        )
        sizes = {"flip": 2, "rotation": 4, "channels": len(self._permutations), "sign": 2}
        self.orders = [sizes[family] for family in settings.families]
        self.condition_dim = sum(self.orders)

    def augment(self, batch: Batch) -> Batch:
        """Return T_w x, with the codes of w as further columns of the condition."""
        count, values = len(batch.values), batch.values
        device = self._random.device
        place = torch.randperm(count, generator=self._random, device=device)
        moved = place >= round(self._settings.share_clean * count)
        codes = [batch.condition]
        for family, order in zip(self._settings.families, self.orders, strict=True):
            element = torch.randint(order, (count,), generator=self._random, device=device) * moved
            values = self._transformed(values, family, element)
            codes.append((element[:, None] == torch.arange(order, device=device)).to(values.dtype))
        return Batch(values, batch.labels, torch.cat(codes, dim=1))

    def clean(self, batch: Batch) -> Batch:
        """Return x with the code of each family's identity."""
        codes = batch.values.new_zeros(len(batch.values), self.condition_dim)
        first = 0
        for order in self.orders:
            codes[:, first] = 1
            first += order
        return Batch(batch.values, batch.labels, torch.cat([batch.condition, codes], dim=1))

    def _transformed(self, values: Tensor, family: Family, element: Tensor) -> Tensor:
        """Return values of which each is transformed by its element, integers ``[N]``; 0 is the identity."""
        if family == "flip":
            return flipped(values, element == 1)
        if family == "rotation":
            return turned(values, element)
        if family == "sign":
            return values * across(1 - 2 * element, values)
        origin = self._permutations[element]  # [N, C]: which channel comes where
        return values.gather(1, origin[:, :, None, None].expand_as(values))


def channel_permutations(channels: int, permute: Literal["cyclic", "all"]) -> list[tuple[int, ...]]:
    """Return permutations of 0 … channels − 1, the identity first."""
    plain = tuple(range(channels))
    if permute == "all":
        return list(permutations(plain))
    return [plain[first:] + plain[:first] for first in plain]
