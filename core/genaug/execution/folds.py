"""Runs over folds: the whole chain once for each fold, and one verdict over the test samples of all."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from genaug.components import identity
from genaug.components.blame import blaming
from genaug.components.identity import described
from genaug.contracts import CompletedRun, Context, Evidence, Exporter, Task, Validator
from genaug.data import Findings
from genaug.data.json_files import write_json
from genaug.errors import GenaugError, PluginFailed, StoreError
from genaug.execution.executor import Executor
from genaug.execution.further import require_stages
from genaug.execution.history import keep
from genaug.execution.job import Job
from genaug.execution.joined import join_runs, joint_choice, spread
from genaug.execution.lock import locked
from genaug.execution.publishing import copy_export
from genaug.execution.record import RunRecord, finished, save, stored_stages
from genaug.execution.run_state import RunState
from genaug.execution.stage_context import RunStageContext
from genaug.execution.store import STORE, TEMPORARY
from genaug.hooks import open_hooks
from genaug.stages import choose
from genaug.stages.evidence import gathered
from genaug.stages.export import completed
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

    The exporters of the run then write one data set, and one report, of all folds; see
    `genaug.execution.joined.join_runs`.

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
            states = _states(jobs, homes, executor)
            found = _measured(states, validators, task)
            run = _joined(states, found, config, task)
            pages = [
                _exported(run, exporter, folder, folder / label)
                for label, exporter in labelled(jobs[0].exporters)
            ]
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
                "model": joint_choice([one.model for one in records]),
                "cautions": (
                    *(caution for one in found for caution in one.cautions),
                    *(
                        f"fold {fold}: {caution}"
                        for fold, one in enumerate(records, start=1)
                        for caution in one.cautions
                    ),
                ),
                "folds": tuple(home.relative_to(folder).as_posix() for home in homes),
                "directory": records[0].directory and os.path.relpath(Path.cwd(), folder.resolve()),
                "report": next((page for page in pages if page), None),
            }
        )
        save(record, folder)
        keep(folder)
    return record


def export_folds(
    jobs: Sequence[Job],
    config: Mapping[str, Any],
    task: Task,
    folder: Path,
    executor: Executor,
    targets: Sequence[Path],
) -> list[str | None]:
    """Export a finished run over folds once more; nothing is learned, generated or measured.

    Args:
        jobs: of the folds, with the exporters to execute.
        config: of the run.
        task: of the run.
        folder: the output folder.
        executor: executes the jobs.
        targets: a folder for each exporter, which is replaced.

    Returns:
        The page of each exporter, relative to the output folder; None where it writes none.

    Raises:
        StoreError: where an artifact is missing.
    """
    homes = [folder / name for name in finished(folder).folds]
    stored = [
        replace(job, stored=stored_stages(home, job.config)) for job, home in zip(jobs, homes, strict=True)
    ]
    with locked(folder), limited_threads(jobs[0].threads):
        states = _states(stored, homes, executor)
        for state in states:
            needed = [stage.name for stage in state.job.stages if not stage.name.startswith("export.")]
            require_stages(state.store, state.job, needed, "an export")
        run = _joined(states, read_findings(folder), config, task)
        exporters = [exporter for _, exporter in labelled(jobs[0].exporters)]
        return [
            _exported(run, exporter, folder, target)
            for exporter, target in zip(exporters, targets, strict=True)
        ]


def read_findings(folder: Path) -> list[Findings]:
    """Return the joint findings of a run over folds.

    Raises:
        StoreError: where there are none.
    """
    try:
        found = json.loads((folder / FINDINGS).read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{folder} has no joint findings ({FINDINGS}): run its config again") from error
    return [Findings.model_validate(one) for one in found]


def _states(jobs: Sequence[Job], homes: Sequence[Path], executor: Executor) -> list[RunState]:
    states = [
        RunState(job, home, open_hooks(()), executor.map(job, home))
        for job, home in zip(jobs, homes, strict=True)
    ]
    for state in states:
        for stage in state.job.stages:
            state.find(stage.name)
    return states


def _joined(
    states: Sequence[RunState], findings: Sequence[Findings], config: Mapping[str, Any], task: Task
) -> CompletedRun:
    """Return the runs of all folds as one."""
    runs = []
    for state in states:
        names = [stage.name for stage in state.job.stages]
        chain = [name for name in names if name.startswith("select.")]
        own = RunStageContext(state.job.stages[0], state, state.folder / STORE / TEMPORARY)
        last, choice = chain[-1] if chain else None, choose.NAME in names
        runs.append(completed(own, last, (), task, config, state.job.versions, choice=choice))
    names = [stage.name for stage in states[0].job.stages]
    choices = [state.read(choose.NAME) if choose.NAME in names else None for state in states]
    return join_runs(runs, findings, config, joint_choice(choices))


def _exported(run: CompletedRun, exporter: Exporter, folder: Path, target: Path) -> str | None:
    """Let an exporter write the joint run; return its page, relative to the output folder, if it has one."""
    with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as place:
        with blaming(exporter):
            exporter.export(run, Path(place))
        copy_export(Path(place), target)
    return f"{target.name}/{exporter.page}" if exporter.page else None


def _measured(states: Sequence[RunState], validators: Sequence[Validator], task: Task) -> list[Findings]:
    """Return the findings of the validators over all folds: joint ones, or the means of the folds."""
    found = []
    for label, validator in labelled(tuple(validators)):
        folds = [_fold(state, f"validate.{label}", task) for state in states]
        with blaming(validator):
            joined = validator.measure_folds(folds)
        if joined is not None and not isinstance(joined, Findings):
            raise PluginFailed(f"the {described(validator)} returned {type(joined).__name__}, not Findings")
        own = [state.read(f"validate.{label}") for state in states]
        found.append(titled(spread(own, joined), validator))
    return found


def _fold(state: RunState, name: str, task: Task) -> tuple[Evidence, Context]:
    """Return the evidence and the context of a validator in a finished run."""
    chain = [stage.name for stage in state.job.stages if stage.name.startswith("select.")]
    own = RunStageContext(state.job.stage(name), state, state.folder / STORE / TEMPORARY)
    choice = choose.NAME in state.job.stage(name).inputs
    return gathered(own, chain[-1] if chain else None, task, choice=choice), own.context
