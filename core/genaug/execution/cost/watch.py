"""Watching a stage: how much of its work is done after how long, so that it can be stopped early."""

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from genaug.contracts.context import Map
from genaug.hooks import hookimpl

T = TypeVar("T")
R = TypeVar("R")

WARM_UP = 2
"""Units of a task after which its speed is measured: the first ones load libraries."""
PATIENCE = 2.0
"""Times the budget after which a task is stopped within its first units, too."""


class Enough(BaseException):
    """The end of a stage's trial. No `Exception`, so that no component takes it for its own."""


@dataclass(frozen=True)
class Remaining:
    """The work that is left of a stopped task.

    Attributes:
        task: its name.
        done, total: units of the task.
        seconds: for the units that are not done.
        new: those of them that no earlier stage with the same task was expected to need: stages share
            features and fits.
    """

    task: str
    done: int
    total: int
    seconds: float
    new: float


class Watch:
    """A subscriber to the hooks of a trial, which stops a stage when enough of it is measured.

    Args:
        clock: returns seconds.
        budget: seconds of a stage after which it is stopped, at the next report of progress.
        most: seconds after which it is stopped wherever it is.

    Attributes:
        processes: how many of the mapped calls of the stage can run in parallel.
    """

    def __init__(self, clock: Callable[[], float], budget: float, most: float) -> None:
        self._clock, self._budget, self._most = clock, budget, most
        self._began = 0.0
        self._expected: dict[str, float] = {}
        self._reports: dict[str, list[tuple[float, int, int]]] = {}
        self.processes = 1

    @contextmanager
    def stage(self) -> Iterator[None]:
        """Watch the work of the block, which may end in `Enough`."""
        self._reports, self.processes = {}, 1
        self._began = self._clock()
        with _interrupted_after(self._most):
            yield

    @property
    def elapsed(self) -> float:
        """Return the seconds since the stage began."""
        return self._clock() - self._began

    @hookimpl
    def progressed(self, task: str, done: int, total: int) -> None:
        """Take a report; stop the stage where the time is used up and the speed of the task is known."""
        now = self._clock()
        reports = self._reports.setdefault(task, [])
        reports.append((now, done, total))
        began, first, _ = reports[0]
        enough = self._budget if done > first + WARM_UP else self._budget * PATIENCE
        if first < done < total and now - began > enough:
            raise Enough

    def share(self) -> float:
        """Return the share of the task in progress that is done; 1 where there is none."""
        reports = next(reversed(self._reports.values()), None)
        return reports[-1][1] / reports[-1][2] if reports and reports[-1][2] else 1.0

    def remaining(self) -> Remaining | None:
        """Return the work that is left of the task in progress; None where its speed is not known."""
        if not self._reports:
            return None
        task, reports = next(reversed(self._reports.items()))
        now, done, total = reports[-1]
        warm = [one for one in reports if one[1] >= reports[0][1] + WARM_UP and one[1] < done]
        began, first, _ = warm[0] if warm else reports[0]
        if done <= first:
            return None
        seconds = (now - began) / (done - first) * (total - done)
        expected = self._expected.get(task, 0.0)  # by an earlier stage, which stores the results
        self._expected[task] = max(expected, seconds)
        return Remaining(task, done, total, seconds, max(0.0, seconds - expected))

    def mapped(self, mapped: Map, processes: int) -> Map:
        """Return a map that notes how many of its calls can run in parallel."""

        def noted(
            function: Callable[[T], R], items: Iterable[T], total: int, threads: int | None = 1
        ) -> Iterator[R]:
            if threads is not None:
                self.processes = max(self.processes, min(processes // threads, total))
            return mapped(function, items, total, threads)

        return noted


@contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Raise `Enough` in the block after this time, where the system can do that."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(number: int, frame: Any) -> None:
        raise Enough

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
