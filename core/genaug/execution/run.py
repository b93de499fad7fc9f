"""A run: the stages of a job, executed one after another, with a record that says how it ended."""

import os
import shutil
import traceback
from contextlib import suppress
from pathlib import Path

from genaug.components import file_memory, identity
from genaug.components.machine_faults import naming_machine_faults
from genaug.contracts.context import Map
from genaug.data.valid_text import valid_json
from genaug.errors import GenaugError, PluginFailed, StoreError
from genaug.execution.distributed import take_part
from genaug.execution.history import keep
from genaug.execution.job import Job
from genaug.execution.lock import locked
from genaug.execution.publishing import publish
from genaug.execution.record import RunRecord, finished, is_finished, save
from genaug.execution.run_state import RunState
from genaug.execution.stage_execution import execute
from genaug.execution.store import STORE, TEMPORARY
from genaug.hooks import open_hooks
from genaug.stages import choose
from genaug.stages.facts import facts
from genaug.stages.generate import view_ids
from genaug.training.processes import limited_threads, process_rank

FAILURE = "failure.txt"
"""File with the traceback of a plugin that failed."""


def run(job: Job, folder: Path, mapped: Map) -> RunRecord:
    """Execute a job in this process; see `Pipeline.run`.

    Args:
        job: the stages to execute.
        folder: the output folder.
        mapped: for the independent work of the stages; see `Context.map`.
    """
    record = RunRecord(
        status="running",
        config=dict(job.config),
        versions=dict(job.versions),
        directory=os.path.relpath(Path.cwd(), folder.resolve()),
    )
    if process_rank() > 0:
        with limited_threads(job.threads):
            take_part(RunState(job, folder, open_hooks(()), mapped))
        return record.model_copy(update={"status": "participated"})
    hooks = open_hooks(job.hooks)
    with naming_machine_faults(), locked(folder), limited_threads(job.threads):
        keep(folder)
        former = finished(folder) if _is_stored(job) and is_finished(folder) else None
        if former is None:  # a report that is killed does not take the finished run away, either
            save(record, folder)
        (folder / FAILURE).unlink(missing_ok=True)  # of an earlier attempt
        try:
            names = [stage.name for stage in job.stages]
            file_memory.load(folder / STORE)
            job.dependencies  # noqa: B018  # computed now, so that the file hashes behind it are saved
            file_memory.save(folder / STORE)
            hooks.run_started(folder=folder, config=valid_json(record.config), stages=names)
            with naming_machine_faults():  # named before the record says how the run ended
                record = _finished(record, RunState(job, folder, hooks, mapped))
        except BaseException as error:  # interrupts are recorded, too; every error is raised again
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            reason = str(error) if isinstance(error, GenaugError) else f"{type(error).__name__}: {error}"
            with suppress(OSError):  # a full disk must not hide why the run failed
                if former is None:
                    save(record.model_copy(update={"status": status, "error": reason}), folder)
            if isinstance(error, PluginFailed) and error.__cause__ is not None:
                trace = "".join(traceback.format_exception(error))
                (folder / FAILURE).write_text(trace, encoding="utf-8")
                error.add_note(f"the traceback is in {folder / FAILURE}")
            with suppress(
                PluginFailed, StoreError
            ):  # a hook that fails here must not hide why the run failed
                hooks.run_failed(error=error)
            raise
        save(record, folder)
        keep(folder)
        hooks.run_finished(record=valid_json(record.plain()))
    return record


def _is_stored(job: Job) -> bool:
    """Return whether all stages before the exports are those of a finished run."""
    return all(stage.name in job.stored for stage in job.stages if not stage.name.startswith("export."))


def _finished(record: RunRecord, state: RunState) -> RunRecord:
    """Execute the stages, publish the exports, and return the record of the finished run."""
    job, done = state.job, []
    # Where all artifacts are those of a finished run, nothing is learned, so that nothing is checked first.
    stored = _is_stored(job)
    for stage in job.stages:
        done.append(execute(stage, state))
        if stage.name == "audit" and not stored:
            job.check_usable(state.read("audit").dataset.spec)
            job.check_prerequisites()
        if stage.name == "split" and not stored:
            counts = state.read("split").record["views"]
            known, remarks = facts(state.read("audit").dataset, job.split, job.seed, counts), list[str]()
            if state.store.find("fit", job.fingerprints["fit"]) is None:
                known, remarks = job.read_existing(known, view_ids(state.read("split")))
            remarks += job.check_data(known)
            remarks += [said for one in job.forecasts(known).values() for said in one.obstacles]
            for remark in remarks:
                state.hooks.warned(message=remark)
        state.release_after(stage)
    pages = publish(state)
    shutil.rmtree(state.store.folder / TEMPORARY, ignore_errors=True)
    found = [state.read(stage.name) for stage in job.stages if stage.name.startswith("validate.")]
    verdicts = [findings.verdict for findings in found if findings.verdict is not None]
    manifest = {entry.name: [entry.fingerprint, entry.digest] for entry in done}
    return record.model_copy(
        update={
            "status": "finished",
            "stages": tuple(done),
            "manifest": identity.fingerprint(manifest),
            "warnings": (*state.read("fit").warnings, *state.read("generate").notes),
            "model": next(
                (state.read(stage.name) for stage in job.stages if stage.name == choose.NAME), None
            ),
            "verdict": verdicts[0] if verdicts else None,
            "cautions": tuple(caution for findings in found for caution in findings.cautions),
            "report": pages[0] if pages else None,
        }
    )
