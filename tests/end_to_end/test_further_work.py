"""More from a finished run: samples, exports and results, from any folder, nothing made twice."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from genaug import Pipeline, load
from genaug.cli import app
from genaug.data.pool_files import load_pool
from genaug.errors import DataError, StoreError
from genaug.execution.store import Store
from genaug.stages.split import Views

CONFIG: dict[str, Any] = {
    "source": {"use": "arrays", "path": "data.npz"},
    "split": {"train_per_class": 6, "validation_per_class": 5},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 6},
    "selectors": [{"use": "random", "share": 0.5}],
    "extractor": {"use": "pixels"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}],
    "exporters": [{"use": "image-folder"}],
    "hooks": [],
    "device": "cpu",
    "threads": 1,
}
NAMES = ("cat", "dog", "yak")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with data, and a run that names them by a relative path."""
    home = tmp_path_factory.mktemp("project")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (60, 8, 8), dtype=np.uint8)
    images[::3] //= 2
    np.savez(home / "data.npz", values=images, labels=np.array(NAMES)[np.arange(60) % 3])
    before = Path.cwd()
    os.chdir(home)
    try:
        record = Pipeline(**CONFIG).run("runs/first")
    finally:
        os.chdir(before)
    assert record.verdict is not None
    assert record.verdict.sentence
    assert record.status == "finished"
    return home


@pytest.fixture
def run(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the run beside its data, seen from another folder."""
    shutil.copytree(project, tmp_path / "moved")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "moved" / "runs" / "first"


def genaug(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output + repr(result.exception)
    return result.output


def stages(run: Path) -> set[str]:
    return {path.name for path in (run / "store").iterdir() if (path / "artifact.json").exists()}


def test_samples_continue_where_the_pool_ended_and_none_is_made_twice(run: Path) -> None:
    finished, before = load(run), stages(run)
    first = finished.sampler.sample_classes({"dog": 300, "cat": 2})
    second = finished.sampler.sample_classes({"dog": 10})
    pool = finished.pool
    known = [*pool.samples.ids, *first.pool.ids, *second.pool.ids]
    assert len(set(known)) == len(known)
    assert first.pool.labels.tolist() == [1] * 300 + [0] * 2
    places = [[(one.request, one.start) for one in made.pool.origins] for made in (first, second)]
    assert places == [[(3, 0), (3, 256), (4, 0)], [(5, 0)]]
    fit = {name for name in before if name.startswith("fit-")}
    assert {one.generator[:16] for one in second.pool.origins} == {next(iter(fit)).removeprefix("fit-")}
    assert {name.rpartition("-")[0] for name in stages(run) - before} == {"sample-1", "sample-2"}
    # What an order makes does not depend on when it is made, only on its place.
    again = load(run)
    shutil.rmtree(next((run / "store").glob("sample-2-*")))
    assert again.sampler.sample_classes({"dog": 10}).pool.ids.tolist() == second.pool.ids.tolist()


def test_samples_pass_the_selectors_of_the_run(run: Path) -> None:
    made = load(run).sampler.sample_classes({"yak": 20}, select=True)
    assert made.funnel.kept.sum() == 10
    assert made.funnel.selectors == (("random", 10),)
    assert len(load(run).sampler.sample("yak", 20, select=True)) == 10
    assert len(load(run).sampler.sample("yak", 20)) == 20


def test_the_command_writes_samples_with_their_lineage_and_no_real_ones(run: Path, tmp_path: Path) -> None:
    said = genaug("sample", run, "--class", "yak", "--count", 4, "--out", tmp_path / "more")
    assert f"4 samples: {tmp_path / 'more'}" in said
    lines = (tmp_path / "more" / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert len({row["id"] for row in rows}) == 4
    assert {(row["class"], row["synthetic"], row["status"]) for row in rows} == {("yak", True, "kept")}
    assert all((tmp_path / "more" / row["file_name"]).is_file() for row in rows)
    assert "samples-2" in genaug("sample", run, "--class", "cat", "--count", 1, "--as", "hugging-face")
    answer = json.loads(genaug("sample", run, "--class", "cat", "--count", 4, "--select", "--json"))
    assert (answer["made"], answer["kept"]) == (4, 2)


def test_what_cannot_be_sampled_is_said_before_anything_is_made(run: Path, tmp_path: Path) -> None:
    before = stages(run)
    assert "no class 'wolf'. The classes are cat, dog, yak" in genaug(
        "sample", run, "--class", "wolf", "--count", 3, code=2
    )
    assert "Did you mean 'dog'?" in genaug("sample", run, "--class", "doge", "--count", 3, code=2)
    assert "there is no exporter 'imag" in genaug(
        "sample", run, "--class", "cat", "--count", 3, "--as", "imagefolder", code=2
    )
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    refused = genaug("sample", run, "--class", "cat", "--count", 3, "--out", full, code=2)
    assert "is not an empty folder" in refused
    with pytest.raises(DataError, match="count is 0 for class 'cat'"):
        load(run).sampler.sample("cat", 0)
    assert stages(run) == before
    assert "has no run.json" in genaug("sample", tmp_path, "--class", "cat", "--count", 3, code=2)


def test_a_run_is_exported_again_without_anything_made_anew(run: Path, tmp_path: Path) -> None:
    before, record = stages(run), (run / "run.json").read_bytes()
    assert f"exported: {run / 'webdataset'}" in genaug("export", run, "--as", "webdataset")
    genaug("export", run, "--as", "hugging-face", "--set", "real=false", "--out", tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b" / "data").glob("*.parquet"))
    assert {name.rpartition("-")[0] for name in stages(run) - before} == {
        "export-webdataset",
        "export-hugging-face",
    }
    assert (run / "run.json").read_bytes() == record
    wrong = genaug("export", run, "--as", "webdataset", "--set", "reel=1", code=2)
    assert "did you mean 'real'?" in wrong
    assert "remove it from" in genaug("export", run, "--as", "table-file", code=2)


def test_the_same_export_is_that_of_the_pipeline(run: Path, tmp_path: Path) -> None:
    folder = load(run).export({"use": "image-folder"}, tmp_path / "again")
    for path in (run / "image-folder").rglob("*"):
        if path.is_file():
            assert (folder / path.relative_to(run / "image-folder")).read_bytes() == path.read_bytes()


def test_a_report_is_built_again_from_any_folder(run: Path) -> None:
    assert "report: " in genaug("report", run)
    assert (run / "html-report" / "report.html").is_file()


def test_a_change_of_a_component_is_no_stale_sample_and_an_export_has_what_the_run_made(run: Path) -> None:
    text = (run / "run.json").read_text(encoding="utf-8")
    (run / "run.json").write_text(text.replace('"components": 0.95', '"components": 0.5'), encoding="utf-8")
    assert '"components": 0.5' in (run / "run.json").read_text(encoding="utf-8")
    wanted = "sampling needs: fit, generate. What differs: the code of a component has changed.*Run its"
    with pytest.raises(StoreError, match=wanted):
        load(run).sampler.sample("cat", 1)
    exported = load(run).export("webdataset")
    assert sum(1 for _ in exported.rglob("*.tar"))


def test_results_are_read_without_the_data(run: Path) -> None:
    (run.parents[1] / "data.npz").unlink()
    finished = load(run)
    assert len(finished.selected) == 9
    assert finished.selected.counts == {"cat": 3, "dog": 3, "yak": 3}
    assert len(finished.pool) == 18
    views = Views(next((run / "store").glob("split-*")))
    assert finished.real.samples.ids.tolist() == views.train.samples.ids.tolist()
    values, labels = finished.selected.to_numpy()
    assert values.shape == (9, 1, 8, 8)
    assert labels.tolist() == finished.selected.labels.tolist()


def test_a_stopped_order_resumes(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load(run).sampler.sample_classes({"dog": 20}).pool.ids.tolist()
    artifact = next((run / "store").glob("sample-1-*"))
    partial = artifact.with_suffix(".partial")
    artifact.rename(partial)  # as a kill before the end leaves it
    (partial / "artifact.json").unlink()
    (partial / "sample.json").unlink()
    written = (partial / "pool-00000.parquet").stat().st_mtime_ns
    made = load(run).sampler.sample_classes({"dog": 20})
    assert made.pool.ids.tolist() == whole
    assert next((run / "store").glob("sample-1-*/pool-00000.parquet")).stat().st_mtime_ns == written
    assert load_pool([artifact / "pool-00000.parquet"], made.pool.spec).ids.tolist() == whole
    assert Store(run / "store").folder.is_dir()


def test_a_run_whose_data_are_gone_is_sampled_exported_and_reported(run: Path, tmp_path: Path) -> None:
    (run.parents[1] / "data.npz").unlink()
    said = "the data of the run are gone, the samples that it stored are used"
    for command in (
        ("sample", run, "--class", "dog", "--count", 3, "--out", tmp_path / "more"),
        ("export", run, "--as", "image-folder", "--set", "held_out=true", "--out", tmp_path / "out"),
    ):
        result = CliRunner().invoke(app, list(map(str, command)))
        assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "more" / "synthetic" / "dog").iterdir())) == 3
    assert len(list((tmp_path / "out").rglob("test/*/*.png"))) == 27
    assert load(run).real.to_numpy()[0].shape == (18, 1, 8, 8)
    genaug("report", run)
    job = load(run).pipeline.job(run)
    assert job.remark.startswith(said)
    assert "data.npz" in job.remark
    with pytest.raises(DataError, match=r"data\.npz"):  # what learns anew needs them
        load(run).pipeline.job()
    other = load(run).pipeline.with_changes(source={"use": "arrays", "path": "other.npz"})
    with pytest.raises(DataError, match=r"other\.npz"):
        other.job(run)
