"""The progress of mapped work, reported to the hooks of a run."""

from __future__ import annotations

from typing import Any


class Progress:
    """The progress of a task whose work is mapped; see `Context.map`.

    A call in the process of the run reports each batch by `advance`. A copy of this object in another
    process reports nothing: what is done there is reported when its result arrives, by `arrived`.

    Args:
        hooks: the run's hook caller; None: nothing is reported.
        task: name of the task.
        total: number of samples to process.
    """

    def __init__(self, hooks: Any, task: str, total: int) -> None:
        self._hooks = hooks
        self._task = task
        self._total = total
        self._reported = 0
        self._arrived = 0

    def advance(self, count: int) -> None:
        """Report that `count` further samples are processed."""
        if self._hooks is not None:
            self._reported += count
            self._hooks.progressed(task=self._task, done=self._reported, total=self._total)

    def arrived(self, count: int) -> None:
        """Count the samples of a result, and report those that were not reported before."""
        self._arrived += count
        if self._arrived > self._reported:
            self.advance(self._arrived - self._reported)

    def __reduce__(self) -> tuple[type[Progress], tuple[None, str, int]]:
        """Return what pickle makes a copy from: one without hooks, which exist in one process only."""
        return Progress, (None, self._task, self._total)
