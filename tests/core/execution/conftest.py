"""The executors that pass the tests of this folder; another one joins by a line in `EXECUTORS`."""

import itertools
import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from joblib import wrap_non_picklable_objects

from genaug import Pipeline
from genaug.contracts.context import Map, one_after_another
from genaug.execution.executor import Executor
from genaug.execution.job import Job
from genaug.execution.local import LocalExecutor
from genaug.execution.record import RunRecord
from genaug.execution.run import run
from genaug.training.processes import limited_threads

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class MappingExecutor:
    """An executor that consists of a map."""

    mapped: Map

    def run(self, job: Job, folder: Path) -> RunRecord:
        """Execute the stages in this process."""
        return run(job, folder, self.mapped)

    def map(self, job: Job, folder: Path) -> Map:
        """Return the map."""
        return self.mapped


def reversed_threads(
    function: Callable[[T], R], items: Iterable[T], total: int, threads: int | None = 1
) -> Iterator[R]:
    """Map with a pickled copy of the function for each item, in fresh threads, every third item first.

    Results that depend on the order, on the thread, or on state of the function come out wrong.
    """
    remaining = iter(items)
    while some := list(itertools.islice(remaining, 3)):
        outcomes: dict[int, Callable[[], R]] = {}
        for place in reversed(range(len(some))):
            thread = threading.Thread(target=_call, args=(function, some[place], threads, outcomes, place))
            thread.start()
            thread.join()
        for place in range(len(some)):
            yield outcomes[place]()


def _call(function: Any, item: Any, threads: int | None, outcomes: dict[int, Any], place: int) -> None:
    with suppress(TypeError):  # what cannot be pickled is called as it is
        callable_by_value = wrap_non_picklable_objects(function, keep_wrapper=False)
        function, item = pickle.loads(pickle.dumps((callable_by_value, item)))
    try:
        with limited_threads(threads):
            result = function(item)
    except BaseException as error:
        outcomes[place] = partial(_raise, error)
    else:
        outcomes[place] = lambda: result


def _raise(error: BaseException) -> None:
    raise error


EXECUTORS: dict[str, Callable[[], Executor]] = {
    "local": LocalExecutor,
    "local, always in parallel": lambda: LocalExecutor(worth=0.0),
    "sequential": lambda: MappingExecutor(one_after_another),
    "copies in threads, reversed": lambda: MappingExecutor(reversed_threads),
}


@pytest.fixture(params=EXECUTORS)
def executor(request: pytest.FixtureRequest) -> Executor:
    return EXECUTORS[str(request.param)]()


@pytest.fixture
def config(tmp_path: Path) -> dict[str, Any]:
    """Return the config of a small run on vectors."""
    values = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    np.savez(tmp_path / "data.npz", values=values, labels=np.arange(60) % 3)
    return {
        "source": {"use": "arrays", "path": str(tmp_path / "data.npz")},
        "generator": {"use": "gaussian"},
        "strategy": {"use": "class-balance", "add": 2},
        "extractor": {"use": "pixels"},
        "hooks": [],
        "device": "cpu",
        "threads": 2,
    }


@pytest.fixture
def job(config: dict[str, Any]) -> Job:
    return Pipeline(**config).job()
