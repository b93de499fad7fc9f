"""The execution of one stage: its artifact is found, or made."""

import time

from genaug.execution.distributed import FIT, announce_fit
from genaug.execution.record import StageRecord
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.stages.stage import Stage


def execute(stage: Stage, state: RunState) -> StageRecord:
    """Execute a stage, unless its artifact exists, and return its record."""
    depends, began = state.job.dependencies[stage.name], time.monotonic()
    artifact = state.find(stage.name)
    reused = artifact is not None
    if stage.name == FIT:
        announce_fit(needed=not reused, device=state.device)
    if artifact is None:
        state.hooks.stage_started(stage=stage.name)
        with state.store.create(
            stage.name, depends.fingerprint, depends.versions, stage.keep_partial
        ) as partial:
            stage.work(RunStageContext(stage, state, partial))
        artifact = state.find(stage.name)
        assert artifact is not None, f"{stage.name} was written but cannot be found"
    seconds = time.monotonic() - began
    state.hooks.stage_finished(
        stage=stage.name, fingerprint=depends.fingerprint, seconds=seconds, reused=reused
    )
    return StageRecord(
        name=stage.name,
        fingerprint=depends.fingerprint,
        digest=artifact.digest,
        reused=reused,
        seconds=round(seconds, 3),
        versions=artifact.versions,
    )
