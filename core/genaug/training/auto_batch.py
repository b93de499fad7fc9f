"""Batches of sampling that become smaller where the memory of the device does not hold them."""

import gc
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch

from genaug.errors import DataError

T = TypeVar("T")


class AutoBatch:
    """The size of batches, halved whenever the device has no memory for one.

    A sampler keeps one, and makes the samples of a request by it::

        self._batches = AutoBatch(64, "the vae", context.hooks, "lower `width`")
        ...
        yield from self._batches(lambda rows: self._decoded(latents[rows]), request.count)

    The smaller size stays for later requests. Samples must not depend on it: draw all noise of a request
    before, in the order of its samples.

    Args:
        size: samples of a batch at first.
        what: needs the memory, for the warning: ``the vae``.
        hooks: of the run; they are notified of a smaller size.
        advice: what to change where not one sample fits.

    Attributes:
        size: samples of a batch now.
    """

    def __init__(self, size: int, what: str, hooks: Any, advice: str) -> None:
        self.size = size
        self._what, self._hooks, self._advice = what, hooks, advice

    def __call__(self, make: Callable[[slice], T], count: int) -> Iterator[T]:
        """Yield ``make(rows)`` for consecutive rows of ``range(count)``; of a halved batch only the halves.

        Raises:
            DataError: where the memory does not hold a single sample.
        """
        first = 0
        while first < count:
            rows = slice(first, min(first + self.size, count))
            made = self._tried(make, rows)
            if made is not None:
                yield made[0]
                first = rows.stop

    def _tried(self, make: Callable[[slice], T], rows: slice) -> tuple[T] | None:
        """Return what was made of some rows; None where there was no memory, and the size was halved."""
        count = rows.stop - rows.start
        try:
            return (make(rows),)
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            if count == 1:
                raise DataError(
                    f"{self._what}: one sample does not fit into the memory of the device: {self._advice}"
                ) from error
        # The frames of the exception, and with them the tensors of the batch, are gone here.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self.size = max(1, count // 2)
        self._hooks.warned(
            message=f"{self._what}: the memory of the device does not hold a batch of {count}; it continues "
            f"with {self.size}"
        )
        return None


def out_of_memory(error: BaseException) -> bool:
    """Return whether an exception says that a device, or the machine, has no memory left."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "DefaultCPUAllocator" in str(error)
