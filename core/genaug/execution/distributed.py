"""A run in several processes: the first executes all stages, the others take part in its fit only.

All of them need the same output folder; only the first writes artifacts into it.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from genaug.training.processes import process_count


def announce_fit(needed: bool, device: str) -> None:
    """Broadcast to the other processes, if any, whether a fit is needed."""
    if process_count() > 1:
        _broadcast([needed], device)


def join_fit(fit: Callable[[Path], None], device: str, temporary: Path) -> None:
    """Wait for `announce_fit` of the first process, take part in its fit, and discard the equal result."""
    if _broadcast([False], device):
        temporary.mkdir(parents=True, exist_ok=True)
        # The first process may clear the folder before this one does.
        with tempfile.TemporaryDirectory(dir=temporary, ignore_cleanup_errors=True) as folder:
            fit(Path(folder))


def _broadcast(message: list[bool], device: str) -> bool:
    """Return the message of the first process."""
    from accelerate.utils import broadcast_object_list

    from genaug.training.distributed import join

    join(device)
    received: list[bool] = broadcast_object_list(message)
    return received[0]
