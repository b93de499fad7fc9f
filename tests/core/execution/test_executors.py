"""What every executor does alike; another one is added to `MAPS`."""

import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from genaug.contracts.context import Map, one_after_another
from genaug.data.samples import FloatArray
from genaug.errors import DataError
from genaug.execution.mapping import LocalMap

MAPS: dict[str, Callable[[Path], Map]] = {
    "one after another": lambda folder: one_after_another,
    "local": lambda folder: LocalMap("cpu", 2, folder),
    "local, side by side": lambda folder: LocalMap("cpu", 2, folder, worth=0.0),
}


@pytest.fixture(params=MAPS)
def mapped(request: pytest.FixtureRequest, tmp_path: Path) -> Map:
    return MAPS[str(request.param)](tmp_path / "temporary")


# Functions inside of functions reach other processes by value; a module of tests cannot be imported there.


def products(base: FloatArray) -> Callable[[int], FloatArray]:
    def product(item: int) -> FloatArray:
        made: FloatArray = (torch.from_numpy(base) @ torch.from_numpy(base).T * item).numpy()
        return made

    return product


def test_results_come_in_order_and_are_the_same_everywhere(mapped: Map) -> None:
    base = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    expected = [products(base)(item) for item in range(6)]
    torch.set_num_threads(threads)
    found = list(mapped(products(base), range(6), 6))
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    assert torch.get_num_threads() == threads


def test_items_are_taken_when_their_turn_comes(mapped: Map) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    results = mapped(abs, items(), 20)
    assert next(results) == 0
    assert next(results) == 1
    assert len(taken) <= 4


def test_what_was_yielded_before_an_error_is_kept_and_the_error_is_the_functions_own(mapped: Map) -> None:
    def refusing(item: int) -> int:
        if item == 3:
            raise DataError("three is refused")
        return item

    kept: list[int] = []
    with pytest.raises(DataError, match="three is refused"):
        kept.extend(mapped(refusing, range(6), 6))
    assert kept[:1] == [0]
    assert kept == list(range(len(kept)))


def test_what_cannot_be_pickled_is_computed_all_the_same(mapped: Map) -> None:
    lock = threading.Lock()
    assert list(mapped(lambda item: item + (not lock.locked()), range(4), 4)) == [1, 2, 3, 4]


def test_nothing_is_left_outside_the_folder(tmp_path: Path) -> None:
    before = set(os.listdir(tempfile.gettempdir()))
    folder = tmp_path / "temporary"
    large = np.zeros((600, 600))  # more than a megabyte goes through a file
    assert len(list(LocalMap("cpu", 2, folder, worth=0.0)(large.__mul__, range(1, 4), 3))) == 3
    created = {name for name in set(os.listdir(tempfile.gettempdir())) - before if "joblib" in name}
    assert not created


def test_on_an_accelerator_nothing_runs_side_by_side(tmp_path: Path) -> None:
    def process(item: int) -> int:
        time.sleep(0.5)
        return os.getpid()

    here = {os.getpid()}
    assert set(LocalMap("cuda", 4, tmp_path, worth=0.0)(process, range(3), 3)) == here
    assert len(set(LocalMap("cpu", 2, tmp_path, worth=0.0)(process, range(5), 5)) - here) == 2
