"""A comparison of finished runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genaug.data import Finding, Verdict
from genaug.errors import StoreError
from genaug.execution.compared import FinishedRun, different
from genaug.execution.folds import read_findings
from genaug.execution.history import flat
from genaug.execution.record import RunRecord
from genaug.execution.store import Store
from genaug.stages import validate


def findings(folder: Path, record: RunRecord) -> dict[tuple[str, str], Finding]:
    """Return the findings of a run, by validator and name.

    Raises:
        StoreError: where findings of the record no longer exist in the folder.
    """
    store = Store(folder / "store")
    found: dict[tuple[str, str], Finding] = {}
    if record.folds:
        joint = read_findings(folder)
        return {(one.validator, finding.name): finding for one in joint for finding in one.findings}
    for stage in record.stages:
        if stage.name.startswith("validate."):
            artifact = store.find(stage.name, stage.fingerprint)
            if artifact is None:
                raise StoreError(f"{folder}: the findings of {stage.name} are missing: run its config again")
            label = stage.name.removeprefix("validate.")
            found |= {(label, one.name): one for one in validate.read(artifact.folder).findings}
    return found


@dataclass(frozen=True)
class SideBySide:
    """Runs side by side; every row has one value for each run, None where the run has none.

    Attributes:
        runs: their names.
        verdicts: rows of the verdict; ``gain over ARM`` has effect, interval and p value.
        settings: settings in which the runs differ.
        findings: findings of the validators: validator, name, values.
        same_test: whether all were measured on the same test samples.
        missing: a sentence on each run whose findings no longer exist.
    """

    runs: Sequence[str]
    verdicts: Mapping[str, Sequence[Any]]
    settings: Mapping[str, Sequence[Any]]
    findings: Sequence[tuple[str, str, Sequence[Finding | None]]]
    same_test: bool
    missing: Sequence[str] = ()


def side_by_side(runs: Sequence[FinishedRun]) -> SideBySide:
    """Compare runs.

    Args:
        runs: at least one.
    """
    folders, records = [run.folder for run in runs], [run.record for run in runs]
    verdicts = [_verdict(record.verdict) if record.verdict else {} for record in records]
    found, missing = [], []
    for folder, record in zip(folders, records, strict=True):
        try:
            found.append(findings(folder, record))
        except StoreError as error:
            found.append({})
            missing.append(str(error))
    return SideBySide(
        runs=[run.name for run in runs],
        verdicts={
            name: [one.get(name) for one in verdicts]
            for name in dict.fromkeys(key for one in verdicts for key in one)
        },
        settings=different([dict(flat(record.config)) for record in records]),
        findings=[
            (validator, name, [one.get((validator, name)) for one in found])
            for validator, name in dict.fromkeys(key for one in found for key in one)
        ],
        same_test=len({run.test_view for run in runs}) == 1,
        missing=missing,
    )


def _verdict(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON, with a key for the gain over each baseline."""
    fields: dict[str, Any] = json.loads(verdict.model_dump_json())
    gains = {f"gain over {gain.pop('over')}": gain for gain in fields.pop("gains")}
    return fields | gains
