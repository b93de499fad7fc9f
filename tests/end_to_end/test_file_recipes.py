"""The recipes on files: the files are written, recognized, run, exported, and the export is read again."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from genaug import Pipeline, config, load
from genaug_plugins.sources.signal_file import SignalFileSource
from genaug_plugins.sources.table_file import TableFileSource

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    subprocess.run([sys.executable, RECIPES / "write_files.py", folder], check=True)
    return folder


def run(recipe: str, folder: Path, out: Path) -> Pipeline:
    settings = config.read(RECIPES / recipe).data
    settings["source"]["path"] = str(folder / settings["source"]["path"])
    settings["validators"] = [{"use": "downstream", "seeds": 3}]
    settings["exporters"] = settings["exporters"][:1]
    pipeline = Pipeline.model_validate(settings)
    pipeline.run(out)
    assert json.loads((out / "run.json").read_text())["status"] == "finished"
    return pipeline


def test_a_table_from_a_file(folder: Path, tmp_path: Path) -> None:
    known = TableFileSource.recognize(folder / "tumours.csv")
    assert known is not None
    assert (known.settings["label"], known.settings["ignore"]) == ("diagnosis", ["tumour_id"])
    pipeline = run("table-file.yaml", folder, tmp_path / "out")
    added = ("synthetic", "id", "generator", "seed", "position")
    again = TableFileSource(
        path=tmp_path / "out" / "table-file" / "table.csv", label="diagnosis", ignore=added
    ).load()
    before = pipeline.source.load()
    assert [column.name for column in again.spec.columns] == [column.name for column in before.spec.columns]
    assert again.spec.class_names == before.spec.class_names
    benign, malignant = again.samples.per_class(2)
    assert benign >= 143 * 0.9
    assert malignant > 60


def test_signals_from_a_file(folder: Path, tmp_path: Path) -> None:
    known = SignalFileSource.recognize(folder / "digits.csv")
    assert known is not None
    assert (known.settings["id"], known.settings["step"], known.settings["label"]) == ("id", "step", "digit")
    pipeline = run("signals.yaml", folder, tmp_path / "out")
    again = SignalFileSource(
        path=tmp_path / "out" / "signal-file" / "signals.csv", label="digit", ignore=("synthetic",)
    ).load()
    assert again.spec.shape == pipeline.source.load().spec.shape == (8, 8)
    assert again.samples.per_class(5).min() > 10


def test_a_list_of_images_with_groups(folder: Path, tmp_path: Path) -> None:
    pipeline = run("image-list.yaml", folder, tmp_path / "out")
    blocks = pipeline.source.load().groups
    assert blocks is not None
    rows = json.loads(next((tmp_path / "out" / "store").glob("split-*/rows.json")).read_text())
    views = [set(blocks[np.array(rows[view])]) for view in ("train", "validation", "test")]
    assert not views[0] & views[1]
    assert not views[1] & views[2]
    assert not views[0] & views[2]
    names = {path.name for path in (tmp_path / "out" / "image-folder" / "real").rglob("*.png")}
    assert names < {path.name for path in (folder / "patches").iterdir()}


def test_a_table_with_a_rare_class(folder: Path, tmp_path: Path) -> None:
    run("rare-class.yaml", folder, tmp_path / "out")
    made, real = load(tmp_path / "out").selected, load(tmp_path / "out").real
    assert made.counts["nine"] > 400
    values, originals = made.samples.values, real.samples.values
    assert (values == np.rint(values)).all()
    constant = originals.min(axis=0) == originals.max(axis=0)
    assert constant.any()
    assert (values[:, constant] == originals[0, constant]).all()
    cells = (tmp_path / "out" / "table-file" / "table.csv").read_text().split()
    assert "." not in "".join(line.split(',"')[0] for line in cells[1:50])
