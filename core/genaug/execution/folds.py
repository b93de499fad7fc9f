"""Runs over folds: the whole chain once for each fold, and one verdict over the test samples of all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genaug.components import identity
from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import Context, Evidence, Task, Validator
from genaug.data import Findings
from genaug.data.json_files import write_json
from genaug.errors import GenaugError, PluginFailed
from genaug.execution.executor import Executor
from genaug.execution.history import keep
from genaug.execution.job import Job
from genaug.execution.lock import locked
from genaug.execution.record import RunRecord, save
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.execution.store import STORE, TEMPORARY
from genaug.hooks import open_hooks
from genaug.stages import choose
from genaug.stages.evidence import gathered
from genaug.stages.stage import labelled
from genaug.stages.validate import titled
from genaug.training.processes import limited_threads

FOLDS = "folds"
"""The folder of the folds' runs, in the output folder; each is an ordinary output folder."""
FINDINGS = "folds.json"
"""File with the joint findings of the validators, in the output folder."""


def run_folds(
    jobs: Sequence[Job],
    config: Mapping[str, Any],
    validators: Sequence[Validator],
    task: Task,
    folder: Path,
    executor: Executor,
) -> RunRecord:
    """Execute the job of each fold, sequentially, then measure over all of them; finished stages are reused.

    Args:
        jobs: of the folds, in order.
        config: of the run.
        validators: of the run.
        task: of the run.
        folder: the output folder.
        executor: executes the jobs.

    Returns:
        The record of the whole, which is also written to `run.json`; its verdict rests on all folds.
    """
    record = RunRecord(status="running", config=dict(config), versions=dict(jobs[0].versions))
    homes = [folder / FOLDS / str(number) for number in range(1, len(jobs) + 1)]
    records = [executor.run(job, home) for job, home in zip(jobs, homes, strict=True)]
    if any(one.status != "finished" for one in records):  # this process only shared the fits
        return record.model_copy(update={"status": "participated"})
    with locked(folder), limited_threads(jobs[0].threads):
        keep(folder)
        try:
            found = _measured(jobs, homes, validators, task, executor)
        except GenaugError as error:
            save(record.model_copy(update={"status": "failed", "error": str(error)}), folder)
            raise
        write_json(folder / FINDINGS, [one.model_dump(mode="json") for one in found])
        verdicts = [one.verdict for one in found if one.verdict is not None]
        warnings = [
            *(warning for one in records for warning in one.warnings),
            *(warning for one in found for warning in one.warnings),
        ]
        record = record.model_copy(
            update={
                "status": "finished",
                "manifest": identity.fingerprint({"folds": [one.manifest for one in records]}),
                "warnings": tuple(dict.fromkeys(warnings)),
                "verdict": verdicts[0] if verdicts else None,
                "cautions": tuple(
                    f"fold {fold}: {caution}"
                    for fold, one in enumerate(records, start=1)
                    for caution in one.cautions
                ),
                "folds": tuple(home.relative_to(folder).as_posix() for home in homes),
            }
        )
        save(record, folder)
        keep(folder)
    return record


def _measured(
    jobs: Sequence[Job],
    homes: Sequence[Path],
    validators: Sequence[Validator],
    task: Task,
    executor: Executor,
) -> list[Findings]:
    """Return the joint findings of the validators that measure over folds."""
    states = [
        RunState(job, home, open_hooks(()), executor.map(job, home))
        for job, home in zip(jobs, homes, strict=True)
    ]
    found = []
    for label, validator in labelled(tuple(validators)):
        folds = [_fold(state, f"validate.{label}", task) for state in states]
        with blaming(validator):
            joined = validator.measure_folds(folds)
        if joined is None:
            continue
        if not isinstance(joined, Findings):
            raise PluginFailed(f"the {described(validator)} returned {type(joined).__name__}, not Findings")
        found.append(titled(joined, validator))
    return found


def _fold(state: RunState, name: str, task: Task) -> tuple[Evidence, Context]:
    """Return the evidence and the context of a validator in a finished run."""
    chain = [stage.name for stage in state.job.stages if stage.name.startswith("select.")]
    for stage in state.job.stages:
        state.find(stage.name)
    own = RunStageContext(state.job.stage(name), state, state.folder / STORE / TEMPORARY)
    choice = choose.NAME in state.job.stage(name).inputs
    return gathered(own, chain[-1] if chain else None, task, choice=choice), own.context
