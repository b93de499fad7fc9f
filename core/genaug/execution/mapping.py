"""Independent work on this machine: here, or side by side in processes of their own."""

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
"""Seconds of work ahead from which processes of their own pay: each needs several to begin."""


class LocalMap:
    """Applies a function to items; see `genaug.contracts.context.Map`.

    Where the run may use several CPU threads and the calls take long, as many calls run side by side. How
    long they take decides on that alone: the results are the same.

    Args:
        device: torch device; on any but the CPU, calls run one after another.
        processes: how many may run side by side.
        folder: for large arrays that are handed to processes; removed when the work is done.
        worth: seconds of work ahead from which they do.
    """

    def __init__(self, device: str, processes: int, folder: Path, worth: float = WORTH_PROCESSES) -> None:
        self._threads = 1 if device == "cpu" else None
        self._processes = processes if device == "cpu" else 1
        self._folder = folder
        self._worth = worth

    def __call__(self, function: Callable[[T], R], items: Iterable[T], total: int) -> Iterator[R]:
        """Yield the result for each item, in their order; an item is taken when its turn comes."""
        waiting, began = iter(items), time.monotonic()
        for done, item in enumerate(waiting, start=1):
            yield _alone(function, item, self._threads)
            seconds = (time.monotonic() - began) / done
            if self._processes > 1 and seconds * (total - done) >= self._worth:
                break
        else:
            return
        yield from self._side_by_side(function, waiting)

    def _side_by_side(self, function: Callable[[T], R], items: Iterator[T]) -> Iterator[R]:
        import joblib

        self._folder.mkdir(parents=True, exist_ok=True)
        some: list[T] = []
        # Large arrays reach the others as files mapped into memory; copied on write, they may be written to.
        with joblib.Parallel(
            n_jobs=self._processes, inner_max_num_threads=1, mmap_mode="c", temp_folder=self._folder
        ) as parallel:
            while some := list(itertools.islice(items, self._processes)):
                try:
                    results = parallel(joblib.delayed(_alone)(function, item, self._threads) for item in some)
                except (BrokenProcessPool, PicklingError):
                    break
                yield from results
        # A class that only this process can import, or memory was short: then one after another.
        for item in itertools.chain(some, items):
            yield _alone(function, item, self._threads)


def _alone(function: Callable[[T], R], item: T, threads: int | None) -> R:
    # The limit ends with the call: held across a yield, it would apply to whoever takes the results.
    with limited_threads(threads):
        return function(item)
