"""The bound on a generator's output."""

import torch
from torch import Tensor


def into_range(values: Tensor, value_range: tuple[float, float] | None) -> Tensor:
    """Return values mapped into [low, high] by a tanh; unchanged if the range is None."""
    if value_range is None:
        return values
    low, high = value_range
    middle, reach = (low + high) / 2, (high - low) / 2
    return (middle + reach * torch.tanh(values)).clamp(low, high)  # rounding may exceed the range
