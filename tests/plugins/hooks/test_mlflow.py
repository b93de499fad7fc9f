"""What MLflow's own client reads is what the run told."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.data import Finding, Findings
from genaug.errors import MissingRequirement
from genaug.hooks import open_hooks
from genaug.testing import failures
from genaug.testing.material import Material
from genaug_plugins.hooks.mlflow import PARAMS, VALUE, MlflowHook, flat, named
from genaug_plugins.hooks.mlflow_store import store

CONFIG = {"seed": 0, "generator": {"use": "gan", "steps": 12}, "selectors": [{"use": "top-k", "k": 1}]}


def started(folder: Path, config: dict[str, Any] | None = None, **settings: Any) -> Any:
    folder.mkdir(exist_ok=True)
    hooks = open_hooks([MlflowHook(**settings)])
    hooks.run_started(folder=folder, config=CONFIG if config is None else config, stages=[])
    return hooks


def runs(folder: Path, experiment: str = "genaug") -> list[Any]:
    """Return the runs in the store, the first one first."""
    client = store(folder / "mlflow")
    found = client.get_experiment_by_name(experiment)
    assert found is not None
    return list(client.search_runs([found.experiment_id], order_by=["attributes.start_time ASC"]))


def course(folder: Path, run: Any, name: str) -> list[tuple[int, float]]:
    history = store(folder / "mlflow").get_metric_history(run.info.run_id, name)
    return [(metric.step, metric.value) for metric in history]


def test_a_run_is_kept_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "my run #1 100%"
    hooks = started(folder)
    for step in (1, 10, 20):
        hooks.trained(step=step, total=20, values={"loss.real": 1 / step, "odd[x]": np.float32(2)})
    hooks.stage_started(stage="validate.kit")
    (findings,) = Material().run().findings
    hooks.found(findings=findings)
    (folder / "html-report").mkdir()
    (folder / "html-report/report.html").write_text("<p>yes", encoding="utf-8")
    hooks.run_finished(record={"report": "html-report/report.html"})
    (run,) = runs(folder)
    assert (run.info.run_name, run.info.status) == ("my run #1 100%", "FINISHED")
    assert run.data.params == {
        "seed": "0", "generator.use": "gan", "generator.steps": "12", "selectors.0.use": "top-k",
        "selectors.0.k": "1",
    }  # fmt: skip
    assert course(folder, run, "training/loss.real") == [(1, 1.0), (10, 0.1), (20, 0.05)]
    assert run.data.metrics["training/odd_x_"] == 2.0
    assert run.data.metrics["validate.kit/accuracy"] == 0.8
    assert np.isnan(run.data.metrics["validate.kit/distance"])
    assert run.data.tags["verdict"] == "no measurable effect"
    assert run.data.tags["mlflow.note.content"].startswith("No measurable effect: +0.01")
    client = store(folder / "mlflow")
    kept = {one.path for one in client.list_artifacts(run.info.run_id)}
    assert kept == {"config.json", "report.html"}
    written = sorted(path for path in folder.rglob("*") if path.name in kept and "mlflow" in path.parts)
    assert json.loads(written[0].read_text(encoding="utf-8")) == CONFIG
    assert written[1].read_text(encoding="utf-8") == "<p>yes"
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name]


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("no luck"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_a_run_that_stops_is_marked(tmp_path: Path, error: BaseException, status: str) -> None:
    hooks = started(tmp_path)
    hooks.run_failed(error=error)
    (run,) = runs(tmp_path)
    assert run.info.status == status
    assert run.data.tags["error"].startswith(type(error).__name__)


def test_a_run_that_resumes_is_the_same_run_and_no_step_is_there_twice(tmp_path: Path) -> None:
    hooks = started(tmp_path)
    for step in (1, 3, 6, 9):
        hooks.trained(step=step, total=12, values={"loss": float(step)})
    hooks.run_failed(error=KeyboardInterrupt())
    hooks = started(tmp_path, CONFIG | {"hooks": [{"use": "progress"}], "exporters": []})
    assert runs(tmp_path)[0].info.status == "RUNNING"
    for step in (9, 12):  # from the checkpoint of step 8 on
        hooks.trained(step=step, total=12, values={"loss": float(step)})
    hooks.run_finished(record={})
    (run,) = runs(tmp_path)
    assert run.info.status == "FINISHED"
    assert course(tmp_path, run, "training/loss") == [(step, float(step)) for step in (1, 3, 6, 9, 12)]


def test_a_tag_of_an_earlier_failure_does_not_outlive_it(tmp_path: Path) -> None:
    started(tmp_path).run_failed(error=ValueError("no luck"))
    started(tmp_path).run_finished(record={})
    (run,) = runs(tmp_path)
    assert "error" not in run.data.tags


def test_other_settings_are_another_run(tmp_path: Path) -> None:
    started(tmp_path).run_finished(record={})
    started(tmp_path, CONFIG | {"seed": 1}, run_name="second").run_finished(record={})
    first, second = runs(tmp_path)
    assert (first.data.params["seed"], second.data.params["seed"]) == ("0", "1")
    assert second.info.run_name == "second"


def test_settings_fit_into_the_limits(tmp_path: Path) -> None:
    config = {
        "many": {f"n{n}": n for n in range(3 * PARAMS)},
        "long": "x" * 9000,
        "../odd/[é]": None,
        "e": {},
    }
    params = flat(config)
    assert len(params) == 3 * PARAMS + 3
    assert (len(params["long"]), params["long"][-1]) == (VALUE, "…")
    assert params["_odd____"] == "null"
    hooks = started(tmp_path, config)
    hooks.run_finished(record={})
    (run,) = runs(tmp_path)
    assert run.data.params == params


def test_names_stay_apart() -> None:
    names = named({"a[b + c]": 1, "a[b - c]": 2, "a[b * c]": 3, "..": 4, "x" * 900: 5, "x" * 901: 6})
    assert list(names.values()) == [1, 2, 3, 4, 5, 6]
    assert all(len(name) <= 220 for name in names)
    assert list(names)[:4] == ["a_b _ c_", "a_b - c_", "a_b _ c_-2", "_"]


def test_findings_with_alike_names_are_all_kept(tmp_path: Path) -> None:
    hooks = started(tmp_path, experiment="other")
    hooks.stage_started(stage="validate.downstream")
    values = {"accuracy[real + a]": 0.1, "accuracy[real / a]": 0.2}
    hooks.found(
        findings=Findings(
            validator="downstream",
            findings=tuple(Finding(name=name, value=value) for name, value in values.items()),
        )
    )
    hooks.run_finished(record={"report": None})
    (run,) = runs(tmp_path, "other")
    assert sorted(run.data.metrics.values()) == [0.1, 0.2]


def test_it_says_nothing_to_the_world_and_changes_nothing_around_it(tmp_path: Path) -> None:
    code = """
import os, socket, sys
from pathlib import Path
def refuse(*_): raise SystemExit("it used the network")
socket.socket.connect = socket.getaddrinfo = refuse
before = dict(os.environ)
from genaug.hooks import open_hooks
from genaug_plugins.hooks.mlflow import MlflowHook
hooks = open_hooks([MlflowHook()])
hooks.run_started(folder=Path("run"), config={"a": 1}, stages=[])
hooks.trained(step=1, total=1, values={"loss": 1.0})
hooks.run_finished(record={})
import mlflow, mlflow.telemetry
assert mlflow.telemetry.get_telemetry_client() is None
assert "run" not in mlflow.get_tracking_uri(), mlflow.get_tracking_uri()
changed = {key for key in before.keys() | os.environ if before.get(key) != os.environ.get(key)}
print(sorted(changed), *(path.name for path in sorted(Path().iterdir())))
"""
    variables = ("CI", "PYTEST_CURRENT_TEST", "GITHUB_ACTIONS", "DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY")
    kept = {name: value for name, value in os.environ.items() if name not in variables}
    place = tmp_path / "place"
    (place / "run").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=place,
        env=kept | {"XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "[] run\n"
    assert not (tmp_path / "config").exists()


def test_the_module_itself_imports_none_of_it() -> None:
    code = (
        "import sys; from genaug_plugins.hooks import mlflow, tensorboard;"
        "mlflow.MlflowHook().subscribe(), tensorboard.TensorboardHook().subscribe();"
        "print([m for m in ('torch', 'mlflow', 'sqlalchemy', 'tensorboard') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_missing_package_is_said_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    hooks = open_hooks([MlflowHook()])
    with pytest.raises(MissingRequirement, match=r"pip install 'genaug\[mlflow\]'"):
        hooks.run_started(folder=tmp_path, config={}, stages=[])


def test_it_meets_the_contract_of_a_hook() -> None:
    assert failures(MlflowHook()) == {}
