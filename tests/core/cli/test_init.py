"""`genaug init` writes a config that runs as it is."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from genaug import Pipeline, config
from genaug.cli import app


def images(folder: Path, counts: dict[str, int], side: int = 12) -> Path:
    rng = np.random.default_rng(0)
    for name, count in counts.items():
        (folder / name).mkdir(parents=True)
        for index in range(count):
            pixels = rng.integers(0, 256, (side, side + 3, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{index}.png")
    return folder


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def init(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, ["init", *arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_it_writes_a_commented_config_beside(tmp_path: Path) -> None:
    images(Path("photos"), {"cat": 10, "dog": 6})
    text = init("photos").stdout
    assert text == (
        "recognized: 16 images in 2 class folders (cat, dog) (source image-folder)\n"
        "- no split of these 16 samples leaves enough for a verdict: the run generates and exports, and says "
        "so; add samples for a verdict\n"
        "wrote photos.yaml, for 16 samples in 2 classes. Next:\n"
        "  genaug check photos.yaml\n  genaug run photos.yaml\n"
    )
    written = Path("photos.yaml").read_text()
    assert written.startswith("# 16 samples in 2 classes: cat 10, dog 6.\n")
    pipeline = Pipeline.from_file("photos.yaml")
    assert pipeline.source.model_dump(mode="json")["path"] == "photos"
    assert pipeline.source.model_dump()["size"] == 8
    validators = [validator.name for validator in pipeline.validators]
    assert len(set(validators)) == len(validators)
    assert {path.name for path in tmp_path.iterdir()} == {"photos", "photos.yaml"}


def test_what_it_writes_runs(tmp_path: Path) -> None:
    images(Path("photos"), {"cat": 8, "dog": 8})
    init("photos", "--out", "start.yaml")
    small = (
        "generator.steps=2",
        "generator.batch_size=4",
        "generator.architecture.width=2",
        "strategy={use: class-balance, add: 3}",
        "selectors[0].judge={use: classification, model: {use: logistic-regression}}",
        "extractor={use: pixels}",
        "task={use: classification, model: {use: logistic-regression}}",
        "validators[0].seeds=3",
        "hooks=[]",
    )
    arguments = [part for setting in small for part in ("--set", setting)]
    result = CliRunner().invoke(app, ["run", "start.yaml", *arguments])
    assert result.exit_code == 0, result.output + repr(result.exception)
    lines = result.stdout.splitlines()
    assert lines[-1].startswith("report: runs/start/")
    assert Path(lines[-1].removeprefix("report: ")).is_file()
    assert lines[-2]
    assert not lines[-2].startswith("no verdict")


@pytest.mark.parametrize(
    "counts",
    [{"a": 2, "b": 2}, {"a": 3, "b": 2}, {"a": 4, "b": 3, "c": 2}, {"a": 40, "b": 5}, {"a": 200, "b": 7}],
)
def test_the_split_fits_every_class(counts: dict[str, int]) -> None:
    images(Path("photos"), counts, side=8)
    init("photos")
    views = Pipeline.from_file("photos.yaml").check().audit["views"]
    for name, count in counts.items():
        assert sum(view[name] for view in views.values()) == count
        assert views["train"][name] >= 1
        assert views["test"][name] >= 1


def test_small_data_keeps_enough_for_the_test_where_it_can() -> None:
    images(Path("photos"), {"a": 40, "b": 40, "c": 40}, side=8)
    init("photos")
    views = Pipeline.from_file("photos.yaml").check().audit["views"]
    assert sum(views["test"].values()) >= 50
    assert min(views["validation"].values()) >= 1


@pytest.mark.parametrize(("side", "size"), [(5, 8), (16, 16), (20, 16), (40, 32), (300, 32)])
def test_the_size_suits_the_images(side: int, size: int) -> None:
    images(Path("photos"), {"a": 2, "b": 2}, side=side)
    init("photos")
    assert config.read("photos.yaml").data["source"]["size"] == size


def test_files_that_cannot_be_read_are_skipped_and_said_so() -> None:
    images(Path("photos"), {"a": 4, "b": 4})
    Path("photos/a/broken.png").write_bytes(b"no image")
    init("photos")
    assert config.read("photos.yaml").data["source"]["on_corrupt"] == "skip"
    remarks = CliRunner().invoke(app, ["check", "photos.yaml"])
    assert "a/broken.png" in remarks.stdout


@pytest.mark.parametrize(
    "name", ['my: "photos" #1', "it's", "\x07 bell \x7f", "line\u2028break", "010", "ünï"]
)
def test_odd_names_are_written_so_that_they_are_read_back(name: str) -> None:
    folder = Path(name)
    images(folder, {"no": 3, "a\nb": 3, "{c}": 3, "\x07": 3, "\u2028d": 3})
    init(str(folder), "--out", "odd.yaml")
    pipeline = Pipeline.from_file("odd.yaml")
    assert pipeline.source.model_dump()["path"] == folder
    assert set(pipeline.check().audit["classes"]) == {"no", "a\nb", "{c}", "\x07", "\u2028d"}


def test_nothing_is_written_over() -> None:
    images(Path("photos"), {"a": 3, "b": 3})
    Path("photos.yaml").write_text("mine")
    assert "photos.yaml exists already" in init("photos", code=2).stderr
    assert Path("photos.yaml").read_text() == "mine"
    init("photos", "--force")
    assert Path("photos.yaml").read_text() != "mine"


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        ({}, ["nowhere"], "nowhere does not exist"),
        ({"only": 3}, ["photos"], "a single class"),
        ({"a": 3, "b": 1}, ["photos"], "class 'b' has 1 sample: every split needs 2 of each class at least"),
        ({"a": 3, "b": 3}, ["photos", "--out", "a.toml"], "a starter config is YAML"),
        ({"a": 3, "b": 3}, ["photos", "--out", "none/a.yaml"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(make: dict[str, int], arguments: list[str], message: str) -> None:
    images(Path("photos"), make)
    assert message in init(*arguments, code=2).stderr
    assert not list(Path().glob("*.yaml"))
