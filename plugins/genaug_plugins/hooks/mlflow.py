"""Record a run in an MLflow store."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from pydantic import Field

from genaug.data import Findings
from genaug.hooks import Hook, hookimpl
from genaug_plugins.hooks.mlflow_store import store

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")

TRAINED = "genaug.trained"
"""Tag of an MLflow run: the last training step whose values were logged."""
NO_PARAMS = ("exporters", "hooks")
"""Parts of the config that do not affect results: a change of them does not start a new MLflow run."""
KEY, VALUE, PARAMS = 250, 6000, 100
"""MLflow's limits: characters of a name and of a value, parameters in one call."""


class MlflowHook(Hook):
    """Write ``mlflow/`` in the output folder: an SQLite store and its artifacts.

    The settings are parameters, the logged values of the training and the findings of the validators are
    metrics, the verdict is a tag, and the complete config and the report are artifacts. If MLflow is
    installed with its user interface, ``mlflow ui --backend-store-uri sqlite:///RUN/mlflow/mlflow.db`` shows
    them. No server, login or network is needed. If this hook is the first to import MLflow, its telemetry is
    disabled; the tracking address of the surrounding program is not changed.

    A run that is started again with the same settings (except exporters and hooks) resumes in the same MLflow
    run, and no step is logged twice. With other settings it is a new MLflow run, in which results of reused
    stages are not logged again. A run that stops early is marked as failed, or as killed if it was
    interrupted. After the folder is moved, the store still contains the old addresses of the artifacts.
    """

    name: ClassVar[str] = "mlflow"

    experiment: str = Field(default="genaug", min_length=1, max_length=250)
    """Name of the MLflow experiment of the run."""
    run_name: str | None = Field(default=None, min_length=1, max_length=250)
    """Name of the MLflow run; None: that of the output folder."""
    report: bool = True
    """Copy the report into the store."""

    def subscribe(self) -> object:
        """Return the observer of one run."""
        return _Recorder(self)


class _Recorder:
    def __init__(self, settings: MlflowHook) -> None:
        self._settings = settings
        self._client: MlflowClient | None = None
        self._folder = Path()
        self._run = ""
        self._trained = -1
        self._stage = "validate"

    @hookimpl
    def run_started(self, folder: Path, config: dict[str, Any], stages: list[str]) -> None:
        self._folder = folder.resolve()
        self._client = client = store(self._folder / "mlflow")
        name = self._settings.experiment
        known = client.get_experiment_by_name(name)
        artifacts = (self._folder / "mlflow" / "artifacts").as_uri()
        experiment = known.experiment_id if known else client.create_experiment(name, artifacts)
        params = flat({name: part for name, part in config.items() if name not in NO_PARAMS})
        for run in client.search_runs([experiment], order_by=["attributes.start_time DESC"]):
            if run.data.params == params:
                self._run = run.info.run_id
                self._trained = int(run.data.tags.get(TRAINED, -1))
                client.update_run(self._run, status="RUNNING")
                if "error" in run.data.tags:  # of the interrupted run that this one resumes
                    client.delete_tag(self._run, "error")
                break
        else:
            run_name = self._settings.run_name or self._folder.name
            self._run = client.create_run(experiment, run_name=run_name).info.run_id
            from mlflow.entities import Param  # after `store`, which disables the telemetry

            pairs = [Param(name, value) for name, value in params.items()]
            for start in range(0, len(pairs), PARAMS):
                client.log_batch(self._run, params=pairs[start : start + PARAMS])
        client.log_dict(self._run, config, "config.json")

    @hookimpl
    def stage_started(self, stage: str) -> None:
        self._stage = stage

    @hookimpl
    def trained(self, step: int, total: int, values: dict[str, float]) -> None:
        if step > self._trained:  # metrics cannot be deleted, so steps that a resumed run repeats are skipped
            self._trained = step
            self._measure({f"training/{name}": value for name, value in named(values).items()}, step)

    @hookimpl
    def found(self, findings: Findings) -> None:
        values = named({finding.name: finding.value for finding in findings.findings})
        self._measure({f"{self._stage}/{name}": value for name, value in values.items()}, 0)
        if findings.verdict:
            self._tag("verdict", findings.verdict.label)
            self._tag("mlflow.note.content", findings.verdict.sentence)

    @hookimpl
    def run_finished(self, record: dict[str, Any]) -> None:
        if self._client and self._settings.report and record.get("report"):
            self._client.log_artifact(self._run, str(self._folder / record["report"]))
        self._end("FINISHED")

    @hookimpl
    def run_failed(self, error: BaseException) -> None:
        self._tag("error", f"{type(error).__name__}: {error}")
        self._end("KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED")

    def _measure(self, values: dict[str, float], step: int) -> None:
        if self._client is None:
            return
        from mlflow.entities import Metric, RunTag

        now = time.time_ns() // 1_000_000
        metrics = [Metric(name[:KEY], float(value), now, step) for name, value in values.items()]
        self._client.log_batch(self._run, metrics, tags=[RunTag(TRAINED, str(self._trained))])

    def _tag(self, name: str, value: str) -> None:
        if self._client is not None:
            self._client.set_tag(self._run, name, _cut(value))

    def _end(self, status: str) -> None:
        if self._client is not None:
            self._client.set_terminated(self._run, status)
            self._client = None


def flat(config: dict[str, Any]) -> dict[str, str]:
    """Return the settings as flat MLflow parameters: ``generator.steps``, ``selectors.0.use``."""

    def walk(value: Any, path: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict | list) and value:
            for key, part in value.items() if isinstance(value, dict) else enumerate(value):
                yield from walk(part, f"{path}.{key}" if path else str(key))
        else:
            yield path, _cut(value if isinstance(value, str) else json.dumps(value, default=str))

    return named(dict(walk(config, "")))


def named(values: dict[str, T]) -> dict[str, T]:
    """Return the values under names that MLflow accepts; different names remain different."""
    taken: dict[str, T] = {}
    for name, value in values.items():
        stem = re.sub(r"[^A-Za-z0-9_\-. :]", "_", name)[: KEY - 40].strip(" .") or "_"
        safe, number = stem, 2
        while safe in taken:
            safe, number = f"{stem}-{number}", number + 1
        taken[safe] = value
    return taken


def _cut(text: str) -> str:
    return text if len(text) <= VALUE else f"{text[: VALUE - 1]}…"
