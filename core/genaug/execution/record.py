"""The record of a run, `run.json`."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from genaug.contracts.model_choice import ModelChoice
from genaug.data import Verdict
from genaug.data.json_files import write_json
from genaug.data.output_folders import is_output
from genaug.errors import StoreError
from genaug.execution.cost.forecast import CostForecast

FILE = "run.json"


class StageRecord(BaseModel):
    """The outcome of one stage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(validation_alias=AliasChoices("name", "step"))
    fingerprint: str
    """sha256 over everything that the stage depends on."""
    digest: str
    """sha256 over the files of the stage's artifact."""
    reused: bool
    """Whether the artifact existed already."""
    seconds: float
    versions: dict[str, str] = {}
    """Versions of Python and of the distributions with which the artifact was made, by name."""


class RunRecord(BaseModel):
    """A run: its status, its stages, the hash over them, and the verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[
        Literal["running", "finished", "failed", "interrupted", "participated"],
        BeforeValidator(lambda status: "participated" if status == "took part" else status),
    ]
    """`participated`: this process shared the fit of another one (earlier records: `took part`)."""
    error: str | None = None
    """The error that stopped the run; None where there was none."""
    warnings: tuple[str, ...] = ()
    """Warnings of the fit and of the generated pool, a sentence each."""
    verdict: Verdict | None = None
    cautions: tuple[str, ...] = ()
    """What nobody may overlook beside the verdict, a sentence each: `genaug.data.Findings.cautions`."""
    model: ModelChoice | None = None
    """The choice of the task's model, with the scores of all candidates; None where the config names it."""
    manifest: str | None = None
    """sha256 over the names, fingerprints and digests of all stages, once finished."""
    report: str | None = None
    """The page to open, relative to the output folder."""
    stages: tuple[StageRecord, ...] = ()
    folds: tuple[str, ...] = ()
    """Output folders of the runs of the folds, relative to this one; empty for an ordinary run."""
    config: dict[str, Any]
    versions: dict[str, str]
    directory: str | None = None
    """The working directory of the run, to which paths in the config are relative: relative to the output
    folder, so that both can be moved together."""

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the record of a text that `save` wrote.

        Raises:
            ValidationError: where it is none.
        """
        try:
            content = json.loads(text)
        except ValueError:
            content = None
        return cls.model_validate(content)

    def plain(self) -> dict[str, Any]:
        """Return the record as plain JSON, NaN as a text: strict readers refuse a bare NaN."""
        # What may have paths is not written by pydantic, which refuses their bytes that are no text.
        paths = {"config", "directory", "error", "warnings", "report", "folds"}
        content = self.model_dump(mode="json", include=paths)
        content |= json.loads(self.model_dump_json(exclude=paths))
        return {name: content[name] for name in type(self).model_fields}

    def working_directory(self, folder: Path) -> Path:
        """Return the folder to which paths in the config are relative; the current one where it is unknown.

        Args:
            folder: the output folder of the run.
        """
        place = Path.cwd() if self.directory is None else (folder / self.directory).resolve()
        return place if place.is_dir() else Path.cwd()


class Check(BaseModel):
    """The audit of a run's data, and the plan of its stages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    audit: dict[str, Any]
    """The audit of the data (see `genaug.data.audit.Audit`), with the counts of each view."""
    forecasts: dict[str, dict[str, Any]] = {}
    """What each validator with a verdict can find out; see `genaug.contracts.Forecast`."""
    remarks: tuple[str, ...] = ()
    """What components remark on their settings and these data, a sentence each."""
    model: str = ""
    """The models among which the run chooses one; empty where the config names it."""
    stages: tuple[tuple[str, bool], ...]
    """Each stage of the run, and whether its artifact exists already."""
    cost: CostForecast | None = None
    """Time and memory that the run is expected to need, where they were measured."""


def save(record: RunRecord, folder: Path) -> None:
    """Write the record into the output folder, atomically."""
    write_json(folder / FILE, record.plain())


def finished(folder: Path) -> RunRecord:
    """Return the record of a finished run.

    Raises:
        StoreError: where there is none, the file is not a record, or the run did not finish.
    """
    path = folder / FILE
    try:
        record = RunRecord.read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(no_record(folder)) from error
    except ValidationError as error:
        raise StoreError(
            f"{path} is not a record that this version of genaug can read: run the config again"
        ) from error
    if record.status != "finished":
        ended = {"running": "was stopped", "interrupted": "was interrupted", "failed": "failed"}
        raise StoreError(
            f"the run in {folder} {ended.get(record.status, record.status)} before it finished: run its "
            "config again; finished stages are reused"
        )
    return record


def is_finished(folder: Path) -> bool:
    """Return whether a folder has a finished run."""
    try:
        finished(folder)
    except StoreError:
        return False
    return True


def no_record(folder: Path) -> str:
    """Return why a folder without a record is none of a run, or of one that was stopped early."""
    if not is_output(folder):
        return f"{folder} is not the output folder of a run: it has no {FILE}"
    configs = sorted(folder.glob("*.yaml"))
    again = f"genaug run {shlex.quote(str(configs[0] if len(configs) == 1 else 'CONFIG'))}"
    return (
        f"the run in {folder} was stopped before its first stage: nothing is in it yet. Start it again: "
        f"{again} --out {shlex.quote(str(folder))}"
    )


def agrees(stored: Any, config: Any) -> bool:
    """Return whether a stored config is this one, but for settings that did not exist yet."""
    if isinstance(stored, Mapping) and isinstance(config, Mapping):
        return all(key in config and agrees(value, config[key]) for key, value in stored.items())
    if isinstance(stored, list | tuple) and isinstance(config, list | tuple):
        return len(stored) == len(config) and all(map(agrees, stored, config))
    return bool(stored == config)


def stored_stages(folder: Path, config: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, str]]]:
    """Return fingerprint and versions of each stage before the exports; nothing for a run of another config.

    Args:
        folder: the output folder of a run.
        config: complete; exporters may differ from those of the run.

    Raises:
        StoreError: where the run did not finish.
    """
    record = finished(folder)
    if not agrees({**record.config, "exporters": None}, {**config, "exporters": None}):
        return {}
    return {
        stage.name: (stage.fingerprint, stage.versions)
        for stage in record.stages
        if not stage.name.startswith("export.")
    }


def stored_audit(folder: Path, config: Mapping[str, Any]) -> dict[str, tuple[str, dict[str, str]]]:
    """Return fingerprint and versions of the stage `audit`; nothing for a run of another source.

    Args:
        folder: the output folder of a run.
        config: complete.

    Raises:
        StoreError: where the run did not finish.
    """
    record = finished(folder)
    if not agrees(record.config.get("source"), config.get("source")):
        return {}
    return {
        stage.name: (stage.fingerprint, stage.versions) for stage in record.stages if stage.name == "audit"
    }
