"""The local executor: the stages of a job in this process, sequentially."""

import json
import shutil
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import numpy as np

from genaug.components import file_memory, identity
from genaug.components.identity import described
from genaug.contracts import Context, Extractor
from genaug.contracts.context import Map
from genaug.data import Pool, TrainView
from genaug.data.json_files import write_json
from genaug.data.seeds import derive_seed
from genaug.errors import DataError, GenaugError, PluginFailed, StoreError
from genaug.execution.distributed import announce_fit, join_fit
from genaug.execution.job import Job
from genaug.execution.mapping import LocalMap
from genaug.execution.record import RunRecord, StageRecord
from genaug.execution.results import ResultFiles
from genaug.execution.store import STORE, Artifact, Store, locked
from genaug.features.cache import FeatureCache, Spaces
from genaug.hooks import open_hooks
from genaug.stages.fit import FittedGenerator
from genaug.stages.remaking import remade
from genaug.stages.split import Views
from genaug.stages.stage import Stage, labelled
from genaug.training.processes import limited_threads, process_rank, thread_count, torch_device

FIT = "fit"
"""The stage that several processes execute together."""
TEMPORARY = "temporary"
"""The folder in the store for temporary files; removed at the end of a run."""
FAILURE = "failure.txt"
"""File with the traceback of a plugin that failed."""


class LocalExecutor:
    """Executor that runs stages in this process and their independent work in child processes."""

    def run(self, job: Job, folder: Path) -> RunRecord:
        """Execute the stages of a job sequentially; see `Pipeline.run`."""
        return run(job, folder)

    def map(self, job: Job, folder: Path) -> Map:
        """Return a map with as many processes as the job has threads."""
        temporary = folder / STORE / TEMPORARY
        return LocalMap(torch_device(job.device), thread_count(job.threads), temporary)


def run(job: Job, folder: Path) -> RunRecord:
    """Execute a job; see `Pipeline.run`."""
    if process_rank() > 0:
        with limited_threads(job.threads):
            _Execution(job, folder, open_hooks(())).take_part()
        return RunRecord(status="participated", config=dict(job.config), versions=dict(job.versions))
    hooks = open_hooks(job.hooks)
    with locked(folder), limited_threads(job.threads):
        record = RunRecord(status="running", config=dict(job.config), versions=dict(job.versions))
        _write(record, folder)
        (folder / FAILURE).unlink(missing_ok=True)  # of an earlier attempt
        try:
            names = [stage.name for stage in job.stages]
            file_memory.load(folder / STORE)
            job.dependencies  # noqa: B018  # computed now, so that the file hashes behind it are saved
            file_memory.save(folder / STORE)
            hooks.run_started(folder=folder, config=record.config, stages=names)
            record = _Execution(job, folder, hooks).execute(record)
        except BaseException as error:  # interrupts are recorded, too; every error is raised again
            status = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
            _write(record.model_copy(update={"status": status, "error": _named(error)}), folder)
            if isinstance(error, PluginFailed) and error.__cause__ is not None:
                trace = "".join(traceback.format_exception(error))
                (folder / FAILURE).write_text(trace, encoding="utf-8")
                error.add_note(f"the traceback is in {folder / FAILURE}")
            with suppress(PluginFailed):  # a hook that fails here must not hide why the run failed
                hooks.run_failed(error=error)
            raise
        _write(record, folder)
        hooks.run_finished(record=json.loads(record.model_dump_json()))
    return record


def remake(job: Job, folder: Path, ids: Sequence[str]) -> Pool:
    """Generate candidates of a finished run again; see `Pipeline.remake`."""
    execution = _Execution(job, folder, open_hooks(()))
    for name in ("split", FIT, "generate"):
        artifact = execution.store.find(name, job.fingerprints[name])
        if artifact is None:
            raise StoreError(
                f"{folder} has no finished stage {name!r} of this config, so nothing can be generated again: "
                "run the config first"
            )
        execution.artifacts[name] = artifact
    pool: Pool = execution.read("generate")
    places = {known: row for row, known in reversed(list(enumerate(pool.ids.tolist())))}
    if unknown := [one for one in ids if one not in places]:
        raise DataError(f"{unknown[0]!r} is not an id of one of the {len(pool):,} candidates in {folder}")
    fitted: FittedGenerator = execution.read(FIT)
    stage = next(stage for stage in job.stages if stage.name == "generate")
    with limited_threads(job.threads):
        sampler = fitted.sampler(_StageContext(execution, stage, folder).context)
        rows = np.array([places[one] for one in ids], dtype=np.int64)
        return remade(pool, rows, fitted.generator, sampler, execution.read("split").train)


class _Execution:
    def __init__(self, job: Job, folder: Path, hooks: Any) -> None:
        self.job = job
        self.folder = folder
        self.hooks = hooks
        self.store = Store(folder / STORE)
        self.artifacts: dict[str, Artifact] = {}
        self._read: dict[str, Any] = {}
        self._features: dict[bool, FeatureCache] = {}

    def execute(self, record: RunRecord) -> RunRecord:
        done = []
        for stage in self.job.stages:
            done.append(self._execute(stage))
            self._release_after(stage)
            if stage.name == "audit":
                self.job.check_usable(self.read("audit").dataset.spec)
        pages = self._publish()
        shutil.rmtree(self.store.folder / TEMPORARY, ignore_errors=True)
        found = [self.read(stage.name) for stage in self.job.stages if stage.name.startswith("validate.")]
        verdicts = [findings.verdict for findings in found if findings.verdict is not None]
        return record.model_copy(
            update={
                "status": "finished",
                "stages": tuple(done),
                "manifest": identity.fingerprint(
                    {entry.name: [entry.fingerprint, entry.digest] for entry in done}
                ),
                "warnings": (*self.read("fit").warnings, *self.read("generate").notes),
                "verdict": verdicts[0] if verdicts else None,
                "report": pages[0] if pages else None,
            }
        )

    def _execute(self, stage: Stage) -> StageRecord:
        fingerprint, began = self.job.fingerprints[stage.name], time.monotonic()
        artifact = self.store.find(stage.name, fingerprint)
        reused = artifact is not None
        if stage.name == FIT:
            announce_fit(needed=not reused, device=self.device)
        if artifact is None:
            self.hooks.stage_started(stage=stage.name)
            versions = self.job.dependencies[stage.name].versions
            with self.store.create(stage.name, fingerprint, versions, stage.keep_partial) as partial:
                stage.work(_StageContext(self, stage, partial))
            artifact = self.store.find(stage.name, fingerprint)
            assert artifact is not None, f"{stage.name} was written but cannot be found"
        self.artifacts[stage.name] = artifact
        seconds = time.monotonic() - began
        self.hooks.stage_finished(stage=stage.name, fingerprint=fingerprint, seconds=seconds, reused=reused)
        return StageRecord(
            name=stage.name,
            fingerprint=fingerprint,
            digest=artifact.digest,
            reused=reused,
            seconds=round(seconds, 3),
            versions=artifact.versions,
        )

    def take_part(self) -> None:
        """Take part in the fit of the first process, on the artifacts that it has written."""
        fit = next(stage for stage in self.job.stages if stage.name == FIT)

        def work(folder: Path) -> None:
            for name in fit.inputs:
                artifact = self.store.find(name, self.job.fingerprints[name])
                if artifact is None:
                    raise StoreError(
                        f"process {process_rank()} does not see what the first one wrote into {self.folder}: "
                        "all processes of a run need the same output folder"
                    )
                self.artifacts[name] = artifact
            fit.work(_StageContext(self, fit, folder))

        join_fit(work, self.device, self.store.folder / TEMPORARY)

    def read(self, name: str) -> Any:
        """Return the result of a finished stage; it is read from disk once."""
        if name not in self._read:
            stage = next(stage for stage in self.job.stages if stage.name == name)
            self._read[name] = stage.read(self.artifacts[name].folder)
        return self._read[name]

    def _release_after(self, stage: Stage) -> None:
        """Free results that no later stage reads, e.g. funnels of a million candidates."""
        stages = self.job.stages
        wanted = {name for later in stages[stages.index(stage) + 1 :] for name in later.inputs}
        for name in set(self._read) - wanted - {"split", FIT}:
            del self._read[name]

    @cached_property
    def device(self) -> str:
        return torch_device(self.job.device)

    def features(self, judges: bool) -> FeatureCache:
        """Return the feature cache of the stages that judge, or of those that learn and choose."""
        if judges not in self._features:
            folders = [self.store.folder / "features" / name for name in ("learning", "judging")]
            self._features[judges] = FeatureCache(
                folders if judges else folders[:1], self._spaces, self.hooks
            )
        return self._features[judges]

    @cached_property
    def results(self) -> dict[bool, ResultFiles]:
        """Return the results shared by the stages that judge (True), and by those that learn and choose."""
        folder = self.store.folder / "results"
        return {
            judges: ResultFiles(folder / name, self.device)
            for judges, name in ((False, "learning"), (True, "judging"))
        }

    @cached_property
    def _spaces(self) -> Spaces:
        return Spaces(
            self.read("split").spec,
            self.device,
            partial(_training_view, self.artifacts["split"].folder),
            self.job.fingerprints["split"],
            derive_seed(self.job.seed, "features"),
            thread_count(self.job.threads),
        )

    def _publish(self) -> Sequence[str]:
        """Copy the exports to the output folder; return the pages to open."""
        pages = []
        for label, exporter in labelled(self.job.exporters):
            artifact = self.artifacts[f"export.{label}"]
            target = self.folder / label
            fresh = self.folder / f".{label}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(artifact.folder, fresh, ignore=shutil.ignore_patterns("artifact.json"))
            shutil.rmtree(target, ignore_errors=True)
            fresh.rename(target)
            if exporter.page:
                pages.append(f"{label}/{exporter.page}")
        return pages


class _StageContext:
    """The context of one stage; see `genaug.stages.stage.StageContext`."""

    def __init__(self, execution: _Execution, stage: Stage, folder: Path) -> None:
        self._execution = execution
        self._stage = stage
        self.folder = folder
        self.hooks = execution.hooks

    @cached_property
    def context(self) -> Context:
        run, name = self._execution, self._stage.name
        depends = run.job.dependencies[name]
        return Context(
            seed=derive_seed(run.job.seed, name),
            device=run.device,
            hooks=run.hooks,
            extractor=run.job.extractor if depends.uses_extractor else _refused(self._stage),
            embed=run.features(self._stage.judges),
            checkpoint=run.store.checkpoint(name, depends.fingerprint),
            results=run.results[self._stage.judges],
            run_seed=run.job.seed,
            mapped=LocalExecutor().map(run.job, run.folder),
        )

    def read(self, stage: str) -> Any:
        return self._execution.read(stage)

    def fingerprint(self, stage: str) -> str:
        return self._execution.job.fingerprints[stage]


class _Undeclared:
    """Placeholder for the pipeline's extractor in a stage whose fingerprint does not cover it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # copy and pickle look these up
            raise AttributeError(name)
        users = " or ".join(f"the {described(one)}" for one in self._stage.components.values())
        raise PluginFailed(
            f"{users} reads features of the pipeline's extractor without declaring it: give it a setting "
            "`extractor` that may be None, or let its `uses_pipeline_extractor` return True"
        )


def _refused(stage: Stage) -> Extractor:
    return cast(Extractor, _Undeclared(stage))


def _training_view(folder: Path) -> TrainView:
    """Read the training view from disk: the caller cannot access the other views."""
    return Views(folder).train


def _named(error: BaseException) -> str:
    return str(error) if isinstance(error, GenaugError) else f"{type(error).__name__}: {error}"


def _write(record: RunRecord, folder: Path) -> None:
    # pydantic's JSON writes NaN as a string: strict readers refuse a bare NaN.
    write_json(folder / "run.json", json.loads(record.model_dump_json()))
