"""Whole runs, small and real: reuse, resuming, repetition, and what a run refuses."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import numpy as np
import pytest

from genaug import Pipeline
from genaug.errors import DataError, GenaugError, RunLocked
from genaug.execution.lock import locked

CONFIG: dict[str, Any] = {
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 8, "validation_per_class": 5, "test_per_class": 20},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 12},
    "selectors": [{"use": "random", "share": 0.8}, {"use": "realism", "share": 0.5}],
    "extractor": {"use": "pixels"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}, {"use": "fidelity"}, {"use": "memorization"}],
    "exporters": [{"use": "image-folder"}, {"use": "html-report"}],
    "hooks": [{"use": "event-log"}],
}


def config(**changes: Any) -> dict[str, Any]:
    return {**CONFIG, **changes}


def reused(folder: Path) -> dict[str, bool]:
    record = json.loads((folder / "run.json").read_text())
    return {stage["name"]: stage["reused"] for stage in record["stages"]}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("finished") / "run"
    record = Pipeline(**CONFIG).run(folder)
    assert record.manifest is not None
    return folder, record.manifest


def test_a_run_leaves_its_record_report_data_set_and_events(finished: tuple[Path, str]) -> None:
    folder, manifest = finished
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "finished"
    assert record["manifest"] == manifest
    assert record["verdict"]["label"] in ("helps", "hurts", "no measurable effect")
    assert record["config"]["generator"]["use"] == "gaussian"
    assert (folder / record["report"]).read_text().lower().startswith("<!doctype html>")
    assert (folder / "image-folder" / "metadata.jsonl").exists()
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert len(events) > len(record["stages"])


def test_what_a_generator_warns_of_is_in_the_record_and_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warning = "the covariance is nearly singular"
    monkeypatch.setattr("genaug_plugins.generators.gaussian.GaussianSampler.warnings", (warning,))
    folder = tmp_path / "run"
    for _ in range(2):  # the second time, every step stands
        Pipeline(**config(validators=[], exporters=[{"use": "html-report"}])).run(folder)
        record = json.loads((folder / "run.json").read_text())
        assert record["warnings"] == [warning]
    assert "The covariance is nearly singular" in (folder / record["report"]).read_text()


def test_the_same_config_gives_the_same_manifest(finished: tuple[Path, str], tmp_path: Path) -> None:
    assert Pipeline(**CONFIG).run(tmp_path / "elsewhere").manifest == finished[1]


def test_another_seed_gives_another_manifest(finished: tuple[Path, str], tmp_path: Path) -> None:
    assert Pipeline(**config(seed=1)).run(tmp_path / "seeded").manifest != finished[1]


def test_a_finished_run_is_not_done_again(finished: tuple[Path, str]) -> None:
    folder, manifest = finished
    assert Pipeline(**CONFIG).run(folder).manifest == manifest
    assert all(reused(folder).values())


def test_another_selector_reuses_generator_and_pool(finished: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(finished[0], folder)
    Pipeline(**config(selectors=[CONFIG["selectors"][0], {"use": "realism", "share": 0.4}])).run(folder)
    again = reused(folder)
    assert all(again[step] for step in ("audit", "split", "fit", "generate", "select.random"))
    assert not again["select.realism"]
    assert not again["validate.downstream"]


def test_changed_data_is_read_again(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    labels = np.arange(60) % 3
    path = tmp_path / "data.npz"
    np.savez(path, values=values, labels=labels)
    small = config(
        source={"use": "arrays", "path": str(path)},
        split={},
        selectors=[],
        validators=[{"use": "downstream", "seeds": 3}],
        exporters=[],
    )
    first = Pipeline(**small).run(tmp_path / "run")
    np.savez(path, values=values * 2, labels=labels)
    second = Pipeline(**small).run(tmp_path / "run")
    assert not reused(tmp_path / "run")["audit"]
    assert first.manifest != second.manifest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extractor": {"use": "efficientnet-lite0"}}, "reads image samples, not vector samples"),
        ({"exporters": [{"use": "image-folder"}]}, "image-folder writes images"),
        ({"generator": {"use": "gan"}}, "dcgan makes images"),
        ({"task": {"use": "classification", "model": {"use": "small-cnn"}}}, "small-cnn accepts images"),
        ({"selectors": [{"use": "clip"}]}, "'clip' reads image samples, not vector samples"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_work_is_said_before_anything_is_learned(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    values = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    np.savez(tmp_path / "data.npz", values=values, labels=np.arange(60) % 3)
    vectors = {"source": {"use": "arrays", "path": str(tmp_path / "data.npz")}, "split": {}, "exporters": []}
    pipeline = Pipeline(**config(**{**vectors, **changes}))
    with pytest.raises(GenaugError, match=message):
        pipeline.check()
    with pytest.raises(GenaugError, match=message):
        pipeline.run(tmp_path / "run")
    made = [path.name.split("-")[0] for path in (tmp_path / "run" / "store").iterdir() if path.is_dir()]
    assert made == ["audit"]


def test_a_feature_space_that_nobody_reads_need_not_fit(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    np.savez(tmp_path / "data.npz", values=values, labels=np.arange(60) % 3)
    source = {"use": "arrays", "path": str(tmp_path / "data.npz")}
    unread = config(source=source, split={}, selectors=[], validators=[], exporters=[])
    del unread["extractor"]
    assert Pipeline(**unread).run(tmp_path / "run").status == "finished"


FORKING = """
import contextlib, importlib, json, os, sys
for name in json.loads(sys.stdin.readline()):
    with contextlib.suppress(Exception):
        importlib.import_module(name)
from genaug import Pipeline
for line in sys.stdin:
    config, folder = json.loads(line)
    child = os.fork()
    if not child:
        Pipeline(**config).run(folder)
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""
"""Executes runs, each in a process of its own that has nothing left to import."""


ADVERSARIAL = config(
    threads=1,  # so that a process can be forked
    generator={
        "use": "gan",
        "steps": 40,
        "batch_size": 8,
        "checkpoint_every": 5,
        "architecture": {"use": "dcgan", "width": 4},
        "regularizers": [{"use": "scaling"}, {"use": "r1"}],
    },
    validators=[{"use": "downstream", "seeds": 3}],
)
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
MOMENTS = ["fit", "generate", "select.random", "validate.downstream", "export.html-report"]


@pytest.fixture(scope="module")
def never_killed(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    return Pipeline(**ADVERSARIAL).run(tmp_path_factory.mktemp("whole")).manifest


@pytest.fixture(scope="module")
def forking(never_killed: str | None) -> Iterator["subprocess.Popen[str]"]:
    """Start the process that executes runs; it imports what a whole run has imported here."""
    roots = ("genaug", "genaug_plugins", "torch", "sklearn", "scipy", "PIL", "pyarrow", "plotly", "jinja2")
    names = [name for name in sys.modules if name.partition(".")[0] in roots]
    command = [sys.executable, "-W", "ignore", "-c", FORKING]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, env=ONE_THREAD) as process:
        assert process.stdin is not None
        print(json.dumps(names), file=process.stdin, flush=True)
        yield process
        process.stdin.close()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_resumes_and_ends_the_same(
    moment: str, never_killed: str | None, forking: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    assert forking.stdin is not None
    assert forking.stdout is not None
    print(json.dumps([ADVERSARIAL, str(tmp_path)]), file=forking.stdin, flush=True)
    run = int(forking.stdout.readline())
    _wait_for(tmp_path / "events.jsonl", moment, run)
    os.kill(run, signal.SIGKILL)
    assert forking.stdout.readline() == "ended\n"
    assert json.loads((tmp_path / "run.json").read_text())["status"] == "running"
    assert Pipeline(**ADVERSARIAL).run(tmp_path).manifest == never_killed
    assert not list((tmp_path / "store").glob("*.partial"))
    assert not list((tmp_path / "store").glob("*.checkpoint*"))


def _wait_for(log: Path, moment: str, run: int) -> None:
    """Wait until the run has begun the stage `moment`; of the fit, until it has begun to train.

    Raises:
        ProcessLookupError: if the run ended before.
    """
    wanted = '"trained"' if moment == "fit" else f'"{moment}"'
    while True:
        os.kill(run, 0)
        lines = log.read_text().splitlines()[1:] if log.exists() else []  # the first names all stages
        if any(wanted in line for line in lines):
            return
        time.sleep(0.005)


def test_a_second_run_in_the_same_folder_is_told_so(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(RunLocked, match="another run"):
        Pipeline(**CONFIG).run(tmp_path)


def test_nothing_is_written_for_data_that_is_not_there(tmp_path: Path) -> None:
    missing = Pipeline(**config(source={"use": "image-folder", "path": str(tmp_path / "nowhere")}))
    with pytest.raises(DataError, match="nowhere"):
        missing.run(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_says_so_in_its_record(tmp_path: Path) -> None:
    with pytest.raises(GenaugError, match="train_per_class"):
        Pipeline(**config(split={"train_per_class": 500})).run(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["status"] == "failed"
    assert "train_per_class" in record["error"]
    assert not list((tmp_path / "store").glob("split-*"))


def test_a_check_writes_nothing_and_knows_what_exists(finished: tuple[Path, str], tmp_path: Path) -> None:
    found = Pipeline(**CONFIG).check(tmp_path / "empty")
    assert not (tmp_path / "empty").exists()
    assert not any(stands for _, stands in found.stages)
    assert found.audit["views"]["train"]["0"] == 8
    assert all(stands for _, stands in Pipeline(**CONFIG).check(finished[0]).stages)


def test_a_saved_config_is_the_same_pipeline() -> None:
    pipeline = Pipeline(**CONFIG)
    assert Pipeline(**pipeline.config()) == pipeline
