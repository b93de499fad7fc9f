"""What a run leaves as its record: `run.json`."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from genaug.data import Verdict


class StepRecord(BaseModel):
    """Hold what became of one step."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    step: str
    fingerprint: str
    """sha256 of what the step depends on."""
    digest: str
    """sha256 of what the step made."""
    reused: bool
    """Whether it stood already."""
    seconds: float


class RunRecord(BaseModel):
    """Hold a run: its steps, the hash over them, and the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    status: Literal["running", "finished", "failed", "interrupted", "took part"]
    error: str | None = None
    """What stopped the run, where it did not finish."""
    warnings: tuple[str, ...] = ()
    """What the generator wants a person to know of its fit."""
    verdict: Verdict | None = None
    manifest: str | None = None
    """sha256 over the names, fingerprints and digests of all steps, once finished."""
    report: str | None = None
    """The page a person should open, relative to the output folder."""
    stages: tuple[StepRecord, ...] = ()
    config: dict[str, Any]
    versions: dict[str, str]


class Check(BaseModel):
    """Hold what a run would start from, and what it would do."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    audit: dict[str, Any]
    """What is in the data; see `genaug.data.audit.Audit`, with the counts of each view."""
    steps: tuple[tuple[str, bool], ...]
    """Each step of the run, and whether it stands already."""
