"""Independent work on this machine: in this process, or in parallel in child processes."""

import itertools
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from functools import partial
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

    Where calls take long and need fewer CPU threads than the run may use, several run in parallel in child
    processes. The results do not depend on it.

    Args:
        device: torch device; on any but the CPU, calls run one after another.
        threads: CPU threads of the run.
        folder: for large arrays that are passed to child processes; removed when the work is done.
        worth: seconds of remaining work above which calls run in parallel.
    """

    def __init__(self, device: str, threads: int, folder: Path, worth: float = WORTH_PROCESSES) -> None:
        self._cpu = device == "cpu"
        self._threads = threads
        self._folder = folder
        self._worth = worth

    def __call__(
        self, function: Callable[[T], R], items: Iterable[T], total: int, threads: int | None = 1
    ) -> Iterator[R]:
        """Yield the result of each item, in order; items are taken one at a time."""
        processes = self._threads // threads if self._cpu and threads else 1
        call = partial(_alone, function, threads if self._cpu else None)
        waiting, began = iter(items), time.monotonic()
        for done, item in enumerate(waiting, start=1):
            yield call(item)
            seconds = (time.monotonic() - began) / done
            if processes > 1 and seconds * (total - done) >= self._worth:
                break
        else:
            return
        import joblib

        self._folder.mkdir(parents=True, exist_ok=True)
        some: list[T] = []
        # Large arrays reach the child processes as memory-mapped files, copied on write: writing is safe.
        with (
            warnings.catch_warnings(),
            joblib.Parallel(
                n_jobs=processes, inner_max_num_threads=threads, mmap_mode="c", temp_folder=self._folder
            ) as parallel,
        ):
            # An idle process was stopped and is started again: of no use to a reader.
            warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
            while some := list(itertools.islice(waiting, processes)):
                try:
                    results = parallel(joblib.delayed(call)(item) for item in some)
                except (BrokenProcessPool, PicklingError):
                    break
                yield from results
        # A class that only this process can import, or too little memory: continue sequentially.
        yield from map(call, itertools.chain(some, waiting))


def _alone(function: Callable[[T], R], threads: int | None, item: T) -> R:
    # The limit must end with the call: across a yield it would apply to the consumer of the results.
    with limited_threads(threads):
        return function(item)
