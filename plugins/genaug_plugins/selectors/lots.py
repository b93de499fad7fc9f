"""A lot for each candidate, for selectors that leave something to chance."""

import numpy as np
from numpy.typing import NDArray

from genaug.data.seeds import derive_seed


def drawn_lots(ids: NDArray[np.str_], seed: int, name: str) -> NDArray[np.float64]:
    """Draw a number in [0, 1) for each id, uniform, and independent for different ids.

    A candidate's lot rests on the seed and its id alone: neither the order of the candidates nor
    those beside it change it.

    Args:
        ids: ``[N]`` content ids.
        seed: the selector's seed.
        name: what the lots are for.

    Returns:
        float64 ``[N]``.
    """
    return np.array([derive_seed(seed, name, str(known)) / 2**63 for known in ids], dtype=np.float64)
