"""Bring what a generator makes into the range that samples take."""

import torch
from torch import Tensor


def into_range(values: Tensor, value_range: tuple[float, float] | None) -> Tensor:
    """Return values squashed into [low, high] by a tanh; unchanged where samples are unbounded."""
    if value_range is None:
        return values
    low, high = value_range
    middle, reach = (low + high) / 2, (high - low) / 2
    return (middle + reach * torch.tanh(values)).clamp(low, high)  # the sum may round beyond
