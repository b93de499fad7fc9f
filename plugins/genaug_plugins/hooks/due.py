"""The steps at which a periodic hook acts."""


class Due:
    """Schedule of a periodic hook over the logged steps.

    The first and the last logged step are due, and the first one at or after each multiple of `every`. Steps
    that a resumed training repeats are due again.

    Args:
        every: steps between two actions.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._before: int | None = None

    def __call__(self, step: int, total: int) -> bool:
        """Return whether `step` of `total` is due."""
        before, self._before = self._before, step
        return before is None or step == total or step // self._every != before // self._every
