"""Independent work on this machine: in this process, or in parallel in child processes."""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from pickle import PicklingError
from typing import TypeVar

from genaug.training.processes import limited_threads

T = TypeVar("T")
R = TypeVar("R")

WORTH_PROCESSES = 20.0
"""Seconds of remaining work above which child processes pay off: each takes several to start."""


class LocalMap:
    """A map over items on this machine; see `genaug.contracts.context.Map`.

    Where the run may use several CPU threads and the calls take long, as many calls run in parallel. The
    results do not depend on it.

    Args:
        device: torch device; on any but the CPU, calls run one after another.
        processes: how many calls may run in parallel.
        folder: for large arrays that are passed to child processes; removed when the work is done.
        worth: seconds of remaining work above which calls run in parallel.
    """

    def __init__(self, device: str, processes: int, folder: Path, worth: float = WORTH_PROCESSES) -> None:
        self._threads = 1 if device == "cpu" else None
        self._processes = processes if device == "cpu" else 1
        self._folder = folder
        self._worth = worth

    def __call__(self, function: Callable[[T], R], items: Iterable[T], total: int) -> Iterator[R]:
        """Yield the result of each item, in order; items are taken one at a time."""
        waiting, began = iter(items), time.monotonic()
        for done, item in enumerate(waiting, start=1):
            yield _alone(function, item, self._threads)
            seconds = (time.monotonic() - began) / done
            if self._processes > 1 and seconds * (total - done) >= self._worth:
                break
        else:
            return
        yield from self._in_parallel(function, waiting)

    def _in_parallel(self, function: Callable[[T], R], items: Iterator[T]) -> Iterator[R]:
        import joblib

        self._folder.mkdir(parents=True, exist_ok=True)
        some: list[T] = []
        # Large arrays reach the child processes as memory-mapped files, copied on write: writing is safe.
        with joblib.Parallel(
            n_jobs=self._processes, inner_max_num_threads=1, mmap_mode="c", temp_folder=self._folder
        ) as parallel:
            while some := list(itertools.islice(items, self._processes)):
                try:
                    results = parallel(joblib.delayed(_alone)(function, item, self._threads) for item in some)
                except (BrokenProcessPool, PicklingError):
                    break
                yield from results
        # A class that only this process can import, or too little memory: continue sequentially.
        for item in itertools.chain(some, items):
            yield _alone(function, item, self._threads)


def _alone(function: Callable[[T], R], item: T, threads: int | None) -> R:
    # The limit must end with the call: across a yield it would apply to the consumer of the results.
    with limited_threads(threads):
        return function(item)
