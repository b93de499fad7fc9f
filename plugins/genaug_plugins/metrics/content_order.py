"""An order of rows that depends on what they hold, and on nothing else."""

import numpy as np
import torch
from numpy.typing import NDArray

from genaug_plugins.metrics.rows import Rows

_HASHED = 2**21
"""Values hashed together."""


def by_content(rows: Rows) -> NDArray[np.int64]:
    """Return an order that looks random and depends on what the rows hold alone, not on their order."""
    random = torch.Generator().manual_seed(0)
    weights = torch.randint(-(2**62), 2**62, (rows.dimensions,), generator=random).to(rows.device) | 1
    hashes = torch.zeros(len(rows), dtype=torch.int64)
    step = max(1, _HASHED // rows.dimensions)
    for start in range(0, len(rows), step):
        bits = (rows.block(slice(start, start + step)).float() + 0.0).view(torch.int32).long()
        mixed = (bits * weights).sum(dim=1)
        hashes[start : start + step] = (mixed ^ (mixed >> 31)) * 0x9E3779B97F4A7C1  # the low bits are poor
    return np.argsort(hashes.numpy(), kind="stable")
