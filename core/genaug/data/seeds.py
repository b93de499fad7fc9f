"""One seed a run; everything else derives its own from it by name."""

import hashlib


def derive_seed(seed: int, *names: str) -> int:
    """Derive an independent seed from `seed` for the work called `names`.

    Args:
        seed: the run's seed, any integer.
        names: what the seed is for, from the outside in: ``("fit", "gan")``.

    Returns:
        An integer in [0, 2**63), the same on every machine.
    """
    text = "\x1f".join([str(seed), *names])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
