"""The transformations of `invertible`, and their codes."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch
from genaug_plugins.regularizers.image_operations import across, flipped, turned

if TYPE_CHECKING:
    from genaug_plugins.regularizers.invertible import Family, InvertibleRegularizer


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
