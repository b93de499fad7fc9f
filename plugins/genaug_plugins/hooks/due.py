"""When a hook that looks at a training now and then should look."""


class Due:
    """Say at which of the steps that one hears of it is time to act.

    At the first and the last one, and at the first at or behind each multiple of `every`. What a
    resumed training repeats falls due again at the same steps.

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
