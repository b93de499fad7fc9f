"""Batches that become smaller where the memory does not hold them."""

import numpy as np
import pytest
import torch

from genaug.errors import DataError
from genaug.training.auto_batch import AutoBatch, out_of_memory


class Device:
    """A device that holds a number of samples."""

    def __init__(self, holds: int) -> None:
        self.holds, self.tried = holds, list[int]()

    def made(self, rows: slice) -> np.ndarray:
        count = rows.stop - rows.start
        self.tried.append(count)
        if count > self.holds:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return np.arange(rows.start, rows.stop)


class Told:
    """Hooks that keep warnings."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def warned(self, message: str) -> None:
        self.messages.append(message)


@pytest.mark.parametrize(
    ("holds", "tried"), [(3, [16, 8, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]), (5, [16, 8, *[4] * 5])]
)
def test_a_batch_is_halved_until_it_fits_and_no_sample_is_lost(holds: int, tried: list[int]) -> None:
    device, hooks = Device(holds), Told()
    batches = AutoBatch(16, "the model", hooks, "another device")
    made = list(batches(device.made, 20))
    assert np.concatenate(made).tolist() == list(range(20))
    assert device.tried == tried
    assert hooks.messages[0] == (
        "the model: the memory of the device does not hold a batch of 16; it continues with 8"
    )
    assert [part.tolist() for part in batches(device.made, 3)] == (
        [[0, 1], [2]] if holds == 3 else [[0, 1, 2]]  # the size stays
    )


def test_a_batch_that_fits_is_left_as_it_is() -> None:
    batches = AutoBatch(8, "the model", Told(), "another device")
    assert [len(part) for part in batches(Device(8).made, 19)] == [8, 8, 3]
    assert batches.size == 8
    assert list(batches(Device(8).made, 0)) == []


def test_a_device_that_holds_no_sample_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DataError, match=r"one sample does not fit into the memory .*: lower `width`"):
        list(AutoBatch(2, "the model", Told(), "lower `width`")(Device(0).made, 4))


def test_other_errors_pass() -> None:
    def wrong(rows: slice) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        list(AutoBatch(2, "the model", Told(), "another device")(wrong, 4))
    assert out_of_memory(MemoryError())
    assert out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert not out_of_memory(RuntimeError("shapes"))
