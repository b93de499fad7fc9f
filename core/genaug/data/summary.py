"""Lists and counts in messages."""

from collections.abc import Sequence

SHOWN = 3
"""Number of names that a message lists."""


def some(names: Sequence[str], shown: int = SHOWN) -> str:
    """Return the first names, and how many more there are: ``a, b, c and 34 more``."""
    listed = ", ".join(names[:shown])
    return listed if len(names) <= shown else f"{listed} and {len(names) - shown:,} more"


def count(number: int, what: str, many: str = "") -> str:
    """Return ``1 class``, ``37 classes``.

    Args:
        number: of things.
        what: one of them.
        many: several of them; empty: `what` with an s.
    """
    return f"{number:,} {what if number == 1 else many or f'{what}s'}"
