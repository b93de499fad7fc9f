"""Check a job: audit the data, make the split, plan the stages; nothing is written."""

from dataclasses import asdict
from pathlib import Path

from genaug.contracts import Source, Task
from genaug.data.dataset import VIEWS
from genaug.data.split import Split, split_rows
from genaug.data.split_notes import split_notes
from genaug.execution.job import Job
from genaug.execution.record import Check
from genaug.execution.store import Store
from genaug.stages import choose
from genaug.stages.audit import audited
from genaug.stages.facts import facts
from genaug.stages.split import split_seed


def check(job: Job, source: Source, split: Split, folder: Path | None) -> Check:
    """Return the audit of a job's data and the plan of its stages; see `Pipeline.check`."""
    found = audited(source)
    samples, spec = found.dataset.samples, found.dataset.spec
    job.check_usable(spec)
    rows = split_rows(found.dataset, split, split_seed(job.seed))
    notes = (*found.audit.notes, *split_notes(found.dataset, split, rows))
    views = {
        view: dict(
            zip(spec.class_names, samples.take(rows[view]).per_class(spec.classes).tolist(), strict=True)
        )
        for view in VIEWS
    }
    job.check_prerequisites()
    known, remarks = job.read_existing(
        facts(found.dataset, split, job.seed, views),
        {view: samples.take(rows[view]).ids for view in VIEWS},
    )
    remarks += job.check_data(known)
    store, fingerprints = Store(folder / "store") if folder else None, job.fingerprints
    return Check(
        audit={
            **found.audit.model_dump(mode="json"),
            "notes": notes,
            "views": views,
            "groups": None if found.dataset.groups is None else len(set(found.dataset.groups.tolist())),
        },
        remarks=tuple(remarks),
        forecasts={name: asdict(one) for name, one in job.forecasts(known).items()},
        model=" ".join(
            choose.announced(one, found.dataset.spec)
            for one in job.components
            if isinstance(one, Task) and any(stage.name == choose.NAME for stage in job.stages)
        ),
        stages=tuple(
            (stage.name, store is not None and store.find(stage.name, fingerprints[stage.name]) is not None)
            for stage in job.stages
        ),
    )
