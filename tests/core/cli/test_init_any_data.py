"""`genaug init` and `genaug run` on data of any kind."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from genaug import Pipeline, config
from genaug.cli import app
from genaug.components.registry import Registry
from genaug.errors import MissingRequirement


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def rows(path: str, names: list[str], content: list[list[object]]) -> None:
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *content])


def measurements(path: str, classes: tuple[str, ...] = ("ill", "well"), count: int = 90) -> None:
    rng = np.random.default_rng(0)
    rows(
        path,
        ["size", "weight", "kind"],
        [[*(rng.normal(size=2) + row % len(classes)), classes[row % len(classes)]] for row in range(count)],
    )


def sentences(path: str) -> None:
    rng = np.random.default_rng(0)
    words = (["sun", "warm", "fine", "happy", "day"], ["rain", "cold", "grim", "sad", "night"])
    rows(
        path,
        ["text", "label"],
        [[" ".join(rng.choice(words[row % 2], 6)), "ab"[row % 2]] for row in range(120)],
    )


def arrays(path: str, *shape: int) -> None:
    rng = np.random.default_rng(0)
    np.savez(path, X=rng.normal(size=(120, *shape)), y=np.arange(120) % 2)


@pytest.mark.parametrize(
    ("data", "make", "modality", "generator", "source"),
    [
        ("table.csv", measurements, "table", "gaussian-copula", "table-file"),
        ("texts.csv", sentences, "text", "markov", "text-file"),
        ("signals.npz", lambda path: arrays(path, 1, 24), "signal", "gaussian", "arrays"),
        ("vectors.npz", lambda path: arrays(path, 5), "vector", "gaussian", "arrays"),
    ],
)
def test_each_modality_has_a_config_that_passes_check(
    data: str, make: Any, modality: str, generator: str, source: str
) -> None:
    make(data)
    said = invoke("init", data).stdout
    assert said.startswith("recognized: ")
    name = f"{Path(data).stem}.yaml"
    pipeline = Pipeline.from_file(name)
    assert (pipeline.source.name, pipeline.generator.name) == (source, generator)
    assert pipeline.source.load().spec.modality == modality
    checked = invoke("check", name).stdout
    assert "no verdict is possible" not in checked


def test_data_are_run_and_the_config_is_kept() -> None:
    measurements("table.csv", count=160)
    text = invoke("run", "table.csv").stdout
    lines = text.splitlines()
    assert lines[0].startswith("recognized: a table of 160 rows")
    kept = Path("runs/table/table.yaml")
    assert any(line.startswith(f"config: {kept}") for line in lines)
    assert lines[-1].startswith("report: runs/table/")
    kept.write_text(kept.read_text().replace("seed: 0", "seed: 0 # mine"))
    again = invoke("run", "table.csv").stdout
    assert f"config: {kept}, as it is kept there" in again
    assert "# mine" in kept.read_text()
    record = json.loads(Path("runs/table/run.json").read_text())
    assert all(stage["reused"] for stage in record["stages"] if not stage["name"].startswith("export"))
    assert "is the folder of a run" in invoke("run", "runs/table", code=2).stderr
    measurements("other.csv")
    Path("runs/other").mkdir()
    kept.replace("runs/other/other.yaml")
    refused = invoke("run", "other.csv", code=2).stderr
    assert "is the config of other data, table.csv" in refused


def test_data_and_a_config_do_not_mix() -> None:
    measurements("table.csv")
    assert (
        "--data table.csv is one too many" in invoke("run", "table.csv", "--data", "table.csv", code=2).stderr
    )
    Path("photos/a").mkdir(parents=True)
    assert "inside of the data" in invoke("run", "photos", "--out", "photos/runs", code=2).stderr
    assert not Path("runs").exists()


def test_a_folder_is_not_left_where_nothing_is_recognized() -> None:
    Path("notes.md").write_text("nothing")
    assert "no source recognizes notes.md" in invoke("run", "notes.md", code=2).stderr
    assert not Path("runs/notes").exists()


def test_numbers_as_labels_become_ranges_and_the_task_for_numbers_is_named() -> None:
    rng = np.random.default_rng(0)
    rows("houses.csv", ["rooms", "area", "price"], [[*rng.normal(size=3)] for _ in range(200)])
    said = invoke("init", "houses.csv").stdout
    assert "targets: [price]" in said
    source = config.read("houses.yaml").data["source"]
    assert source["label"] == "price"
    assert source["quantiles"] >= 2
    invoke("check", "houses.yaml")


def test_the_column_of_the_class_can_be_named() -> None:
    measurements("table.csv")
    rows(
        "two.csv", ["size", "a", "b"], [[index / 7, "xy"[index % 2], "pq"[index % 2]] for index in range(90)]
    )
    invoke("init", "two.csv", "--set", "label=a")
    assert config.read("two.yaml").data["source"]["label"] == "a"
    refused = invoke("init", "table.csv", "--source", "text-file", code=2).stderr
    assert "the source 'text-file' does not recognize table.csv" in refused


def test_ids_are_left_out_leaks_are_loud_and_empty_labels_counted() -> None:
    rng = np.random.default_rng(0)
    rows(
        "table.csv",
        ["KundenNr", "age", "code", "cost", "churn"],
        [
            [
                1000 + 3 * n,
                rng.normal(),
                "" if n % 10 == 9 else n % 2,
                n % 2 + n / 1000,
                ["no", "yes", ""][(n % 10 == 9) + n % 2],
            ]
            for n in range(120)
        ],
    )
    said = invoke("init", "table.csv").stdout
    assert "WARNING: possible leak: 'code' is the label 'churn' in other words" in said
    assert "possible leak: the column 'cost' alone tells the class" in said
    assert "12 of 120 samples have no class (an empty label)" in said
    text = Path("table.yaml").read_text()
    assert "ignore: [KundenNr, code] # left out: 'KundenNr' (ids" in text
    assert "# WARNING: possible leak" in text
    assert "12 of 120 samples have no class" in text
    invoke("init", "table.csv", "--set", "label=code", "--force")
    assert config.read("table.yaml").data["source"]["ignore"] == ["KundenNr"]


def test_a_label_of_one_value_is_refused() -> None:
    rows("table.csv", ["age", "city", "churn"], [[n % 50, ["Oslo", "Rome"][n % 2], "no"] for n in range(90)])
    refused = invoke("init", "table.csv", code=2).stderr
    assert "a single class, 'no' (the label 'churn' has this one value)" in refused
    assert "Name another column of the class" in refused
    assert not Path("table.yaml").exists()
    invoke("init", "table.csv", "--set", "label=city")
    rows("table.csv", ["age", "city", "churn"], [[n % 50, ["Oslo", "Rome"][n % 2], ""] for n in range(90)])
    refused = invoke("init", "table.csv", "--force", code=2).stderr
    assert "the label 'churn' has no value in any row" in refused


def test_scarce_data_get_folds() -> None:
    measurements("few.csv", count=62)
    invoke("init", "few.csv")
    assert config.read("few.yaml").data["split"].get("folds")
    assert "no verdict is possible" not in invoke("check", "few.yaml").stdout


def test_what_no_source_reads_is_refused_with_the_nearest_that_one_reads() -> None:
    for label in "ab":
        Path("tables", label).mkdir(parents=True)
        for index in range(2):
            measurements(f"tables/{label}/{index}.csv")
    refused = invoke("init", "tables", code=2).stderr
    assert "a folder of 4 .csv files" in refused
    assert "genaug init tables/a/0.csv" in refused
    assert "join them into one" in refused


def test_one_image_is_refused_with_its_data_set() -> None:
    rng = np.random.default_rng(0)
    for label in "ab":
        Path("photos", label).mkdir(parents=True)
        for index in range(3):
            Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(
                f"photos/{label}/{index}.png"
            )
    refused = invoke("init", "photos/a/0.png", code=2).stderr
    assert "genaug init" in refused
    assert "photos, 6 images in 2 class folders" in refused
    assert "put each class in a folder of its own" in invoke("init", "photos/a", code=2).stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"x": np.zeros((4, 2))}, "has no array of samples"),
        ({"x": np.zeros((4, 2)), "y": np.zeros(3)}, "x [4, 2], y [3]"),
    ],
)
def test_arrays_that_do_not_go_together_are_listed(content: dict[str, Any], message: str) -> None:
    np.savez("arrays.npz", **content)
    assert message in invoke("init", "arrays.npz", code=2).stderr


def test_one_array_without_labels_is_refused() -> None:
    np.save("alone.npy", np.zeros((4, 2)))
    assert "numpy.savez('alone.npz'" in invoke("init", "alone.npy", code=2).stderr


def test_the_output_of_a_run_is_no_class() -> None:
    rng = np.random.default_rng(0)
    for label in ("a", "b", "runs/a"):
        Path("photos", label).mkdir(parents=True)
        Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(f"photos/{label}/0.png")
    Path("photos/runs/a/run.json").write_text("{}")
    assert "contains the output of a run, photos/runs/a" in invoke("init", "photos", code=2).stderr


def test_other_data_may_be_of_another_kind() -> None:
    measurements("table.csv")
    arrays("vectors.npz", 5)
    invoke("init", "vectors.npz")
    arguments = ("check", "vectors.yaml", "--set", "extractor={use: columns}")
    changed = invoke(*arguments, "--set", "generator={use: gaussian-copula}", "--data", "table.csv").stdout
    assert changed.startswith("90 samples in 2 classes")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nowhere"], "there is no such config, file or folder"),
        (["init", "nowhere"], "nowhere does not exist"),
        (["check", "table.csv"], "`genaug init table.csv` writes a config for data"),
        (["init", "table.csv", "--set", "labl=a"], "unknown setting; did you mean 'label'?"),
        (["init", "table.csv", "--source", "tabel-file"], "Did you mean 'table-file'"),
    ],
)
def test_a_newcomers_mistakes_are_explained(arguments: list[str], message: str) -> None:
    measurements("table.csv")
    assert message in invoke(*arguments, code=2).stderr
    assert not list(Path().glob("*.yaml"))


def test_a_source_that_lacks_a_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Registry.get

    def get(self: Registry, kind: str, name: str) -> Any:
        if name == "wav-folder":
            raise MissingRequirement("the source 'wav-folder' needs soundfile: pip install 'genaug[signals]'")
        return known(self, kind, name)

    monkeypatch.setattr(Registry, "get", get)
    Path("sounds").mkdir()
    Path("sounds/a.wav").write_bytes(b"RIFF")
    said = invoke("init", "sounds", code=2).stderr
    assert "Not asked: the source 'wav-folder' needs soundfile" in said


def test_a_reason_that_several_sources_give_is_said_once() -> None:
    # Before: three times, once for each source.
    Path("empty.csv").write_text("")
    said = invoke("init", "empty.csv", code=2).stderr
    assert said.count("cannot be read as CSV") == 1
    assert "(asked: signal-file, table-file, text-file)" in said


def test_a_table_and_an_architecture_of_images_say_what_fits() -> None:
    rows = [f"{row},{row % 7},{'xy'[row % 2]}" for row in range(200)]
    Path("table.csv").write_text("\n".join(["a,b,class", *rows]) + "\n")
    invoke("init", "table.csv")
    said = invoke("check", "table.yaml", "--set", "generator={use: gan}", code=2).stderr
    assert "for tables gaussian-copula" in said
