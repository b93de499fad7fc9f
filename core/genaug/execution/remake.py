"""Candidates of a finished run, made again."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from genaug.contracts.context import Map
from genaug.data import Pool
from genaug.errors import DataError, StoreError
from genaug.execution.job import Job
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.hooks import open_hooks
from genaug.stages.fit import FittedGenerator
from genaug.stages.remaking import remade
from genaug.training.processes import limited_threads


def remake(job: Job, folder: Path, ids: Sequence[str], mapped: Map) -> Pool:
    """Generate candidates of a finished run again; see `Pipeline.remake`."""
    state = RunState(job, folder, open_hooks(()), mapped)
    for name in ("split", "fit", "generate"):
        if state.find(name) is None:
            raise StoreError(
                f"{folder} has no finished stage {name!r} of this config, so nothing can be generated again: "
                "run the config first"
            )
    pool: Pool = state.read("generate")
    places = {known: row for row, known in reversed(list(enumerate(pool.ids.tolist())))}
    if unknown := [one for one in ids if one not in places]:
        raise DataError(f"{unknown[0]!r} is not an id of one of the {len(pool):,} candidates in {folder}")
    fitted: FittedGenerator = state.read("fit")
    with limited_threads(job.threads):
        sampler = fitted.sampler(RunStageContext(job.stage("generate"), state, folder).context)
        rows = np.array([places[one] for one in ids], dtype=np.int64)
        return remade(pool, rows, fitted.generator, sampler, state.read("split").train)
