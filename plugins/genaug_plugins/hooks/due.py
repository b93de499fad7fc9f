"""The steps at which a periodic hook acts."""


class Due:
    """Decides at which of the logged steps to act.

    At the first and the last one, and at the first at or after each multiple of `every`. Steps that a
    resumed training repeats are due again.

    Args:
        every: steps between two times.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._before: int | None = None

    def __call__(self, step: int, total: int) -> bool:
        """Return whether it is time at `step` of `total`."""
        before, self._before = self._before, step
        return before is None or step == total or step // self._every != before // self._every
