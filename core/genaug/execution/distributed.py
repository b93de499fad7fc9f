"""A run in several processes: the first executes all stages, the others take part in its fit only.

All of them need the same output folder; only the first writes artifacts into it.
"""

import tempfile
from pathlib import Path

from genaug.errors import StoreError
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.execution.store import TEMPORARY
from genaug.training.processes import process_count, process_rank

FIT = "fit"
"""The stage that several processes execute together."""


def announce_fit(needed: bool, device: str) -> None:
    """Broadcast to the other processes, if any, whether a fit is needed."""
    if process_count() > 1:
        _broadcast([needed], device)


def take_part(state: RunState) -> None:
    """Wait for `announce_fit` of the first process, take part in its fit, and discard the equal result.

    Raises:
        StoreError: where the artifacts of the first process cannot be found.
    """
    if not _broadcast([False], state.device):
        return
    temporary, fit = state.store.folder / TEMPORARY, state.job.stage(FIT)
    temporary.mkdir(parents=True, exist_ok=True)
    # The first process may clear the folder before this one does.
    with tempfile.TemporaryDirectory(dir=temporary, ignore_cleanup_errors=True) as folder:
        for name in fit.inputs:
            if state.find(name) is None:
                raise StoreError(
                    f"process {process_rank()} cannot find the artifacts of the first one in {state.folder}: "
                    "all processes of a run need the same output folder"
                )
        fit.work(RunStageContext(fit, state, Path(folder)))


def _broadcast(message: list[bool], device: str) -> bool:
    """Return the message of the first process."""
    from accelerate.utils import broadcast_object_list

    from genaug.training.distributed import join

    join(device)
    received: list[bool] = broadcast_object_list(message)
    return received[0]
