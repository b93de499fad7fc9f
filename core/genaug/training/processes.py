"""The processes, threads and device of a run."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

GPU_DRIVERS = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
"""Device files of GPU drivers on Linux (NVIDIA, AMD, either in WSL); without one torch finds no GPU."""


def process_count() -> int:
    """Return the number of processes that ``torchrun`` started, 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def process_rank() -> int:
    """Return the rank of this process; rank 0 executes the run."""
    return int(os.environ.get("RANK", "0"))


def local_rank() -> int:
    """Return the rank of this process on its machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def limited_threads(threads: int | None) -> Iterator[None]:
    """Limit the number of CPU threads, and restore it on exit; None: no change."""
    if threads is None:
        yield
        return
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with threadpool_limits(limits=threads):
            yield
    finally:
        torch.set_num_threads(before)


def thread_count(threads: int | None) -> int:
    """Return the number of CPU threads of the numeric libraries; with None their own default."""
    asked = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    return threads or (int(asked) if asked.isdigit() else len(os.sched_getaffinity(0)))


def torch_device(device: str) -> str:
    """Return the torch device; `auto` is the first GPU, or the CPU if there is none."""
    if device != "auto":
        return device
    if "torch" not in sys.modules and sys.platform == "linux" and not any(map(os.path.exists, GPU_DRIVERS)):
        return "cpu"  # no import of torch, which takes seconds
    import torch

    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{local_rank()}" if process_count() > 1 else "cuda"


def device_type(device: str) -> str:
    """Return `cpu`, `cuda`, …: the type of a torch device, on which results depend."""
    return torch_device(device).partition(":")[0]
