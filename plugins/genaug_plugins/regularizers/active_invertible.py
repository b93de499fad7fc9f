"""The transformations of `invertible`, and their codes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Literal

import torch

from genaug import ActiveRegularizer, Training
from genaug.adversarial import Batch
from genaug_plugins.regularizers.image_operations import across, flipped, turned


class ActiveInvertible(ActiveRegularizer):
    """Invertible transformations in one training.

    Args:
        training: the training that it belongs to.
        families: of transformations, in their order: ``flip``, ``rotation``, ``channels``, ``sign``.
        permute: the permutations of the channels, see `channel_permutations`.
        share_clean: share of a batch that is not transformed, in [0, 1].

    Attributes:
        orders: number of elements of each family, which is the length of its code.
    """

    def __init__(
        self,
        training: Training,
        families: Sequence[str],
        permute: Literal["cyclic", "all"],
        share_clean: float,
    ) -> None:
        self._random, self._families, self._share_clean = training.random, families, share_clean
        self._permutations = torch.tensor(
            channel_permutations(training.spec.shape[0], permute) if "channels" in families else [],
            device=training.random.device,
        )
        sizes = {"flip": 2, "rotation": 4, "channels": len(self._permutations), "sign": 2}
        self.orders = [sizes[family] for family in families]
        self.condition_dim = sum(self.orders)

    def augment(self, batch: Batch) -> Batch:
        """Return T_w x, with the codes of w appended to the condition."""
        count, values = len(batch.values), batch.values
        device = self._random.device
        place = torch.randperm(count, generator=self._random, device=device)
        moved = place >= round(self._share_clean * count)
        codes = [batch.condition]
        for family, order in zip(self._families, self.orders, strict=True):
            # The element of the family for each sample, [N]; 0 is the identity.
            element = torch.randint(order, (count,), generator=self._random, device=device) * moved
            if family == "flip":
                values = flipped(values, element == 1)
            elif family == "rotation":
                values = turned(values, element)
            elif family == "sign":
                values = values * across(1 - 2 * element, values)
            else:
                origin = self._permutations[element]  # [N, C], the channel that each channel is taken from
                values = values.gather(1, origin[:, :, None, None].expand_as(values))
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


def channel_permutations(channels: int, permute: Literal["cyclic", "all"]) -> list[tuple[int, ...]]:
    """Return the cyclic or all permutations of 0 … channels − 1, the identity first."""
    plain = tuple(range(channels))
    if permute == "all":
        return list(permutations(plain))
    return [plain[first:] + plain[:first] for first in plain]
