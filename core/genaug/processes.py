"""How many processes work on a run, as ``torchrun`` says; one is the ordinary case."""

import os


def process_count() -> int:
    """Return how many processes ``torchrun`` started, 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def process_rank() -> int:
    """Return which of them this one is; the one of rank 0 carries the run out."""
    return int(os.environ.get("RANK", "0"))


def local_rank() -> int:
    """Return which of the processes on this machine this one is."""
    return int(os.environ.get("LOCAL_RANK", "0"))
