"""Further work on a finished run: its artifacts are read, new ones are added, nothing is made again."""

import difflib
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from genaug.components import file_memory
from genaug.components.machine_faults import naming_machine_faults
from genaug.contracts.context import Map
from genaug.data import Funnel, Pool
from genaug.data.output_folders import mark_output
from genaug.errors import DataError, PluginFailed, StoreError
from genaug.execution.job import Job
from genaug.execution.lock import locked
from genaug.execution.publishing import copy_export
from genaug.execution.record import agrees, finished, no_record
from genaug.execution.run_state import RunState
from genaug.execution.stage_execution import execute
from genaug.execution.store import STORE, TEMPORARY, Store
from genaug.hooks import open_hooks
from genaug.stages import sample
from genaug.training.processes import limited_threads


@dataclass(frozen=True, eq=False)
class Sampled:
    """Further samples of a finished run.

    Attributes:
        pool: the samples with their lineage.
        funnel: the outcome of each in the run's chain of selectors; without selection all are kept.
        folder: of their export; None where they were not exported.
    """

    pool: Pool
    funnel: Funnel
    folder: Path | None


def require_stages(store: Store, job: Job, names: Iterable[str], purpose: str) -> None:
    """Check that stages of a job are finished.

    Args:
        store: of the run.
        job: that the stages belong to.
        names: of the stages.
        purpose: what needs them, e.g. ``a report``.

    Raises:
        StoreError: naming those that are missing.
    """
    missing = [name for name in names if store.find(name, job.fingerprints[name]) is None]
    if missing:
        folder = store.folder.parent
        raise StoreError(
            f"{folder} lacks artifacts that {purpose} needs: {', '.join(missing)}. "
            f"{_why(missing, job, folder)}. Run its config again: `genaug run CONFIG --out "
            f"{shlex.quote(str(folder))}` makes them, and reuses what is unchanged"
        )


def _why(missing: Sequence[str], job: Job, folder: Path) -> str:
    """Return what differs from the run that made the artifacts: settings, versions or code."""
    try:
        record = finished(folder)
    except StoreError:
        return "The run was not finished"
    made = {stage.name: stage for stage in record.stages}
    absent = [name for name in missing if name not in made]
    settings = [
        name
        for name, value in record.config.items()
        if name != "exporters" and job.config.get(name) and not agrees(value, job.config[name])
    ]
    parts = []
    if absent:
        parts.append(f"the run has no stage {' and '.join(absent)}")
    if settings:
        parts.append(f"other settings of {', '.join(settings)}")
    now, then = job.dependencies, [made[name] for name in missing if name in made]
    versions = {
        f"{package} {old} is now {now[stage.name].versions.get(package, 'missing')}"
        for stage in then
        for package, old in stage.versions.items()
        if now[stage.name].versions.get(package) != old
    }
    parts += sorted(versions)
    if not parts:
        parts.append("the code of a component has changed since")
    return f"What differs: {'; '.join(parts)}"


def export(job: Job, folder: Path, mapped: Map, target: Path | None) -> Path:
    """Execute the export of a job on its finished stages; return the exported folder.

    Args:
        job: with one exporter.
        folder: the output folder of the run.
        mapped: for the independent work of the stages.
        target: a folder that is empty or does not exist; None: the exporter's name, in the output folder.
    """
    (exporter,) = job.exporters
    elsewhere = target is not None
    target = free_folder(target) if target is not None else folder / exporter.name
    with _opened(job, folder, mapped) as state:
        needed = [stage.name for stage in job.stages if not stage.name.startswith("export.")]
        require_stages(state.store, job, needed, "an export")
        _complete(job, state)
        copy_export(state.artifacts[job.stages[-1].name].folder, target)
        if elsewhere:
            mark_output(target)
    return target


def further_samples(
    counts: Mapping[str, int],
    folder: Path,
    mapped: Map,
    job_of: Callable[[sample.Order | None], Job],
    target: Path | None,
) -> Sampled:
    """Make further samples of a finished run, select and export them.

    Args:
        counts: samples of each class, by its name.
        folder: the output folder of the run.
        mapped: for the independent work of the stages.
        job_of: returns the job of an order, without an order that of the run up to its pool.
        target: an empty or new folder for the export; None: ``samples-N`` in the output folder.

    Raises:
        DataError: where a class is unknown, or a count is below 1.
    """
    elsewhere = target is not None
    target = None if target is None else free_folder(target)
    made = job_of(None)
    with _opened(made, folder, mapped) as state:
        require_stages(state.store, made, [stage.name for stage in made.stages], "sampling")
        state.find("generate")
        pool: Pool = state.read("generate")
        numbers = _numbered(counts, pool.spec.class_names)
        order = sample.next_order(numbers, pool, state.store.folder, made.fingerprints["generate"])
        job = job_of(order)
        further = RunState(job, folder, state.hooks, mapped)
        _complete(job, further)
        pool = further.read(order.stage)
        chain = [stage.name for stage in job.stages if stage.name.startswith("select.")]
        funnel: Funnel = further.read(chain[-1]) if chain else Funnel.of(len(pool))
        if job.exporters:
            target = target or folder / f"samples-{order.number}"
            copy_export(further.artifacts[job.stages[-1].name].folder, target)
            if elsewhere:
                mark_output(target)
    return Sampled(pool, funnel, target if job.exporters else None)


@contextmanager
def _opened(job: Job, folder: Path, mapped: Map) -> Iterator[RunState]:
    """Yield the state of a finished run, whose folder is locked."""
    if not (folder / STORE).is_dir():
        raise StoreError(no_record(folder))
    with naming_machine_faults(), locked(folder), limited_threads(job.threads):
        file_memory.load(folder / STORE)
        hooks = open_hooks(job.hooks)
        if job.remark:
            hooks.warned(message=job.remark)
        try:
            yield RunState(job, folder, hooks, mapped)
        except BaseException as error:  # interrupts, too: observers must not wait for more
            with suppress(PluginFailed, StoreError):
                hooks.run_failed(error=error)
            raise
        shutil.rmtree(folder / STORE / TEMPORARY, ignore_errors=True)


def _complete(job: Job, state: RunState) -> None:
    """Execute the stages that have no artifact."""
    for stage in job.stages:
        if state.find(stage.name) is None:
            execute(stage, state)
        if stage.name == "audit":
            job.check_usable(state.read("audit").dataset.spec)


def _numbered(counts: Mapping[str, int], class_names: Sequence[str]) -> dict[int, int]:
    """Return the counts by the number of the class.

    Raises:
        DataError: where a class is unknown, or a count is below 1.
    """
    if not counts:
        raise DataError(f"name a class to sample: {', '.join(class_names)}")
    for name, count in counts.items():
        if name not in class_names:
            near = difflib.get_close_matches(name, class_names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise DataError(f"there is no class {name!r}.{hint} The classes are {', '.join(class_names)}")
        if count < 1:
            raise DataError(f"count is {count} for class {name!r}: ask for 1 or more")
    return {class_names.index(name): int(count) for name, count in counts.items()}


def free_folder(target: Path) -> Path:
    """Return a folder that does not exist, or is empty.

    Raises:
        DataError: where something is there.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DataError(f"{target} is not an empty folder, and nothing in it is replaced: choose another one")
    return target
