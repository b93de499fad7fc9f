"""The record of a run, `run.json`: what it holds, and how it is read back."""

from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from genaug.data import Verdict
from genaug.errors import StoreError

FILE = "run.json"


class StageRecord(BaseModel):
    """Hold what became of one stage."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(validation_alias=AliasChoices("name", "step"))
    fingerprint: str
    """sha256 of what the stage depends on."""
    digest: str
    """sha256 of what the stage made."""
    reused: bool
    """Whether it stood already."""
    seconds: float
    versions: dict[str, str] = {}
    """Of Python and of the distributions with which the artifact was made, in an earlier run where reused."""


class RunRecord(BaseModel):
    """Hold a run: its stages, the hash over them, and the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    status: Literal["running", "finished", "failed", "interrupted", "took part"]
    error: str | None = None
    """What stopped the run, where it did not finish."""
    warnings: tuple[str, ...] = ()
    """What the generator wants a person to know of its fit."""
    verdict: Verdict | None = None
    manifest: str | None = None
    """sha256 over the names, fingerprints and digests of all stages, once finished."""
    report: str | None = None
    """The page a person should open, relative to the output folder."""
    stages: tuple[StageRecord, ...] = ()
    config: dict[str, Any]
    versions: dict[str, str]


class Check(BaseModel):
    """Hold what a run would start from, and what it would do."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    audit: dict[str, Any]
    """What is in the data; see `genaug.data.audit.Audit`, with the counts of each view."""
    stages: tuple[tuple[str, bool], ...]
    """Each stage of the run, and whether it stands already."""


def finished(folder: Path) -> RunRecord:
    """Return the record of a finished run.

    Raises:
        StoreError: where there is none, it is not a record, or the run did not finish.
    """
    path = folder / FILE
    try:
        record = RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{folder} is no output folder of a run: it has no {FILE}") from error
    except ValidationError as error:
        raise StoreError(
            f"{path} is no record that this version of genaug reads: run the config again"
        ) from error
    if record.status != "finished":
        raise StoreError(f"the run in {folder} is {record.status}, not finished: run its config again")
    return record
