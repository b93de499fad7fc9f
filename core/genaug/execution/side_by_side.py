"""A comparison of finished runs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genaug.data import Finding, Verdict
from genaug.errors import StoreError
from genaug.execution.history import flat
from genaug.execution.record import RunRecord, finished
from genaug.execution.store import Store
from genaug.stages import validate


def findings(folder: Path, record: RunRecord) -> dict[tuple[str, str], Finding]:
    """Return the findings of a run, by validator and name.

    Raises:
        StoreError: where findings of the record no longer exist in the folder.
    """
    store = Store(folder / "store")
    found: dict[tuple[str, str], Finding] = {}
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
        runs: their folders, as given.
        verdicts: rows of the verdict; ``gain over ARM`` has effect, interval and p value.
        settings: settings in which the runs differ.
        findings: findings of the validators: validator, name, values.
        same_test: whether all were measured on the same test view.
    """

    runs: Sequence[str]
    verdicts: Mapping[str, Sequence[Any]]
    settings: Mapping[str, Sequence[Any]]
    findings: Sequence[tuple[str, str, Sequence[Finding | None]]]
    same_test: bool


def side_by_side(folders: Sequence[Path]) -> SideBySide:
    """Read finished runs and compare them.

    Raises:
        StoreError: where one of them cannot be read.
    """
    records = [finished(folder) for folder in folders]
    verdicts = [_verdict(record.verdict) if record.verdict else {} for record in records]
    flat = [dict(flat(record.config)) for record in records]
    found = [findings(folder, record) for folder, record in zip(folders, records, strict=True)]
    splits = {stage.digest for record in records for stage in record.stages if stage.name == "split"}
    names = dict.fromkeys(key for one in flat for key in one)
    settings = {name: [one.get(name) for one in flat] for name in names}
    return SideBySide(
        runs=[str(folder) for folder in folders],
        verdicts={
            name: [one.get(name) for one in verdicts]
            for name in dict.fromkeys(key for one in verdicts for key in one)
        },
        settings={name: row for name, row in settings.items() if len({json.dumps(v) for v in row}) > 1},
        findings=[
            (validator, name, [one.get((validator, name)) for one in found])
            for validator, name in dict.fromkeys(key for one in found for key in one)
        ],
        same_test=len(splits) == 1,
    )


def _verdict(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON, with a key for the gain over each baseline."""
    fields: dict[str, Any] = json.loads(verdict.model_dump_json())
    gains = {f"gain over {gain.pop('over')}": gain for gain in fields.pop("gains")}
    return fields | gains
