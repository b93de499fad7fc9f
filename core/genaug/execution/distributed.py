"""A run in several processes: the first carries it out, the others take part in its fit and end.

All of them see the output folder; only the first makes artifacts in it.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from genaug.training.processes import process_count


def announce_fit(needed: bool, device: str) -> None:
    """Tell the other processes, where there are any, whether there is something to fit."""
    if process_count() > 1:
        _broadcast([needed], device)


def join_fit(fit: Callable[[Path], None], device: str, temporary: Path) -> None:
    """Wait for the first process's call, fit beside it, and throw the result away: it is the same."""
    if _broadcast([False], device):
        temporary.mkdir(parents=True, exist_ok=True)
        # The first process may clear the folder before this one does.
        with tempfile.TemporaryDirectory(dir=temporary, ignore_cleanup_errors=True) as folder:
            fit(Path(folder))


def _broadcast(message: list[bool], device: str) -> bool:
    """Return the first process's message."""
    from accelerate.utils import broadcast_object_list

    from genaug.training.distributed import join

    join(device)
    said: list[bool] = broadcast_object_list(message)
    return said[0]
