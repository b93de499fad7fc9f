"""Seeds that are derived by name from the seed of a run."""

import hashlib


def derive_seed(seed: int, *names: str) -> int:
    """Derive an independent seed from `seed` for the work called `names`.

    Args:
        seed: the run's seed, any integer.
        names: purpose of the seed, from general to specific: ``("fit", "gan")``.

    Returns:
        An integer in [0, 2**63), the same on every machine.
    """
    text = "\x1f".join([str(seed), *names])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
