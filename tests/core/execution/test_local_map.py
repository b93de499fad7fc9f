"""The map of the local executor."""

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from genaug.execution.mapping import LocalMap


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


def test_calls_with_the_threads_of_the_run_stay_in_this_process(tmp_path: Path) -> None:
    def process(item: int) -> int:
        return os.getpid()

    assert set(LocalMap("cpu", 2, tmp_path, worth=0.0)(process, range(4), 4, threads=None)) == {os.getpid()}
