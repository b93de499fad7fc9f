"""`genaug judge`: samples that another tool made, from the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from genaug import Pipeline, load
from genaug.cli import app

MODELS = ["task.model={use: logistic-regression}", "validators=[{use: downstream, seeds: 3}]"]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def table(path: str, seed: int, count: int, classes: tuple[str, ...] = ("ill", "well")) -> None:
    rng = np.random.default_rng(seed)
    lines = ["size,kind,class"]
    for row in range(count):
        label = row % len(classes)
        lines.append(f"{rng.normal(2 * label):.4f},{('x', 'y')[row % 3 == 0]},{classes[label]}")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def overrides(*settings: str) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def test_judges_candidates_and_keeps_the_config() -> None:
    table("real.csv", 0, 300)
    table("made.csv", 1, 200)
    said = invoke("judge", "real.csv", "--candidates", "made.csv", *overrides(*MODELS)).stdout
    assert "Best here: " in said
    run = load("runs/real-made")
    assert len(run.pool) == 200
    assert {json.loads(text)["file"].partition(":")[0] for text in run.pool.lineage["metadata"]}
    again = invoke("judge", "real.csv", "--candidates", "made.csv", *overrides(*MODELS)).stdout
    assert "as it is kept there" in again
    shards = list(Path("runs/real-made/store").glob("generate-*/pool-*.parquet"))
    assert len(shards) == 1
    assert "metadata" in pq.read_schema(shards[0]).names


def test_other_candidates_are_read_again() -> None:
    table("real.csv", 0, 300)
    table("made.csv", 1, 100)
    fast = overrides(*MODELS, "validators=[]", "exporters=[]")
    invoke("judge", "real.csv", "--candidates", "made.csv", *fast)
    table("made.csv", 2, 120)  # the same settings, other data
    invoke("judge", "real.csv", "--candidates", "made.csv", *fast)
    assert len(load("runs/real-made").pool) == 120


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("real.csv", "--candidates", "nothing.csv"), "the candidates nothing.csv do not exist"),
        (
            ("real.csv", "--candidates", "picture.npz"),
            "the candidates picture.npz are image samples, and the data are table samples",
        ),
        (("config.yaml", "--candidates", "made.csv"), "config.yaml is not data"),
    ],
)
def test_what_cannot_be_judged_is_refused_before_anything_is_written(
    arguments: tuple[str, ...], message: str
) -> None:
    table("real.csv", 0, 300)
    np.savez("picture.npz", X=np.zeros((6, 8, 8), dtype=np.uint8), y=["ill", "well"] * 3)
    assert message in invoke("judge", *arguments, code=2).stderr
    assert not Path("runs").exists()


def test_unknown_classes_of_candidates_are_refused_with_what_to_do() -> None:
    table("real.csv", 0, 300)
    table("made.csv", 1, 90, ("ill", "well", "dead"))
    said = invoke("judge", "real.csv", "--candidates", "made.csv", *overrides(*MODELS), code=2).stderr
    assert "candidates are of 'dead', and the data have the classes 'ill', 'well'" in said
    invoke(
        "judge", "real.csv", "--candidates", "made.csv",
        *overrides(*MODELS, "validators=[]", "exporters=[]", "generator.other_classes=true"),
    )  # fmt: skip
    assert len(load("runs/real-made").pool) == 60


def stages(folder: str) -> set[str]:
    return {path.name.rpartition("-")[0] for path in Path(folder, "store").glob("*-*")}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("size,class\n" + "0.1,ill\n" * 9, "the candidates lack the column 'kind'"),
        (
            "size,kind,class\n" + "0.1,z,ill\n" * 9,
            "candidates of table-file can be used: left out: 9 of 9 rows",
        ),
        ("size,kind,class\n" + "0.1,x,dead\n0.2,y,ill\n" * 9, "candidates are of 'dead', and the data have"),
    ],
)
def test_candidates_are_refused_by_check_and_before_anything_is_fitted(made: str, message: str) -> None:
    # Before: in the stage fit, after models were chosen by cross-validation; `check` did not read them.
    table("real.csv", 0, 300)
    Path("made.csv").write_text(made)
    fast = overrides(*MODELS, "task.model={use: auto}")
    assert message in invoke("judge", "real.csv", "--candidates", "made.csv", *fast, code=2).stderr
    assert stages("runs/real-made") == {"audit", "split"}
    assert message in invoke("check", "runs/real-made/real-made.yaml", code=2).stderr


def test_copies_of_test_samples_are_refused_by_check() -> None:
    table("real.csv", 0, 300)
    invoke("judge", "real.csv", "--candidates", "real.csv", *overrides(*MODELS), code=2)
    assert stages("runs/real-real") == {"audit", "split"}
    assert (
        "90 of the test view, to the bit" in invoke("check", "runs/real-real/real-real.yaml", code=2).stderr
    )


def test_check_knows_the_number_of_candidates() -> None:
    table("real.csv", 0, 300)
    table("made.csv", 1, 60, ("ill", "well", "dead"))
    settings = overrides(*MODELS, "exporters=[]", "validators=[]", "generator.other_classes=true")
    invoke("judge", "real.csv", "--candidates", "made.csv", *settings)
    said = invoke("check", "runs/real-made/real-made.yaml", *settings).stdout
    assert "ready-made: left out: 20 candidates of other classes (dead)" in said
    few = overrides("selectors=[{use: random, max_per_class: 30}]")
    said = invoke("check", "runs/real-made/real-made.yaml", *settings, *few).stdout
    assert "max_per_class 30 limits nothing: at most 20 candidates of a class" in said
    more = overrides("strategy={use: class-balance, add: 40}")
    said = invoke("check", "runs/real-made/real-made.yaml", *settings, *more, code=2).stderr
    assert "asks for 40 candidates of class 'ill', and there are 20: ask for fewer" in said


def test_the_column_of_the_class_is_said_and_refused_where_it_is_not_certain() -> None:
    table("real.csv", 0, 300)
    table("made.csv", 1, 90)
    fast = overrides(*MODELS, "validators=[]", "exporters=[]")
    said = invoke("judge", "real.csv", "--candidates", "made.csv", *fast).stdout
    assert "candidates: 90 candidates, 45 of 'ill', 45 of 'well'; their class is the column 'class'" in said
    text = Path("made.csv").read_text()
    Path("other.csv").write_text(text.replace("size,kind,class", "size,kind,state"))
    said = invoke("judge", "real.csv", "--candidates", "other.csv", *fast).stdout
    assert "their class is the column 'state'" in said  # its values are the classes of the data
    rows = [line.rpartition(",")[0] for line in text.splitlines()]
    Path("none.csv").write_text("\n".join(rows) + "\n")
    said = invoke("judge", "real.csv", "--candidates", "none.csv", *fast, code=2).stderr
    assert "which column of the candidates none.csv is the class?" in said
    assert "The likeliest is 'kind', with 'x', 'y', and the data have 'ill', 'well'" in said
    assert not Path("runs/real-none").exists()
    Path("two.csv").write_text(text.replace("size,kind,class", "size,kind,state").replace("ill", "sick"))
    named = overrides("generator.source.label=state", 'generator.classes={"sick": "ill"}')
    said = invoke("judge", "real.csv", "--candidates", "two.csv", *fast, *named).stdout
    assert "45 of 'sick', 45 of 'well'; their class is the column 'state'" in said


def test_the_class_that_a_message_proposes_can_be_set_as_it_says() -> None:
    table("real.csv", 0, 300, ("yes", "no"))
    table("made.csv", 1, 90, ("yes", "maybe"))
    said = invoke("judge", "real.csv", "--candidates", "made.csv", *overrides(*MODELS), code=2).stderr
    setting = said.partition("(--set '")[2].partition("')")[0]
    assert setting == 'generator.classes={"maybe": "no"}'
    fast = overrides(*MODELS, "validators=[]", "exporters=[]", setting)
    invoke("judge", "real.csv", "--candidates", "made.csv", *fast)
    assert len(load("runs/real-made").pool) == 90


def test_candidates_that_are_the_data_themselves_get_no_verdict() -> None:
    # Before: "helps", since 78 of 126 kept candidates were test rows.
    rng = np.random.default_rng(0)
    rows = [f"{rng.normal():.6f},{rng.normal():.6f},{'xy'[row % 2]}" for row in range(300)]
    Path("real.csv").write_text("\n".join(["a,b,class", *rows]) + "\n")
    Path("copy.csv").write_text("\n".join(["a,b,class", *rows]) + "\n")
    said = invoke("judge", "real.csv", "--candidates", "copy.csv", *overrides(*MODELS), code=2).stderr
    assert "of the 300 candidates of the generator 'ready-made', " in said
    assert "90 of the test view, to the bit" in said
    assert "Take the real samples out of the candidates" in said


def test_rows_of_few_values_may_be_equal_by_chance() -> None:
    for name, seed in (("real", 0), ("made", 1)):
        rng = np.random.default_rng(seed)
        rows = [f"{rng.integers(9)},{rng.integers(9)},{'xy'[row % 2]}" for row in range(300)]
        Path(f"{name}.csv").write_text("\n".join(["a,b,class", *rows]) + "\n")
    fast = overrides(*MODELS, "validators=[]", "exporters=[]")
    invoke("judge", "real.csv", "--candidates", "made.csv", *fast)


def test_an_output_that_is_a_file_is_refused() -> None:
    table("real.csv", 0, 300)
    Path("afile").write_text("mine")
    for arguments in (("run", "real.csv"), ("judge", "real.csv", "--candidates", "real.csv")):
        assert "the output folder afile cannot be made" in invoke(*arguments, "--out", "afile", code=2).stderr
    assert Path("afile").read_text() == "mine"


def test_the_output_of_other_candidates_is_not_overwritten() -> None:
    table("real.csv", 0, 300)
    table("made.csv", 1, 90)
    table("other.csv", 2, 90)
    fast = overrides(*MODELS, "validators=[]", "exporters=[]")
    invoke("judge", "real.csv", "--candidates", "made.csv", "--out", "o", *fast)
    said = invoke("judge", "real.csv", "--candidates", "other.csv", "--out", "o", *fast, code=2).stderr
    assert "is the config of the candidates made.csv: choose another output folder" in said


@pytest.mark.parametrize("shape", [(1, 24), (5,), (8, 8)])
def test_each_modality_has_a_config_for_candidates(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    for name, count in (("real", 120), ("made", 40)):
        values = rng.integers(0, 255, (count, *shape)).astype(np.uint8) if shape == (8, 8) else None
        values = rng.normal(size=(count, *shape)) if values is None else values
        np.savez(f"{name}.npz", X=values, y=np.arange(count) % 2)
    fast = overrides("validators=[]", "exporters=[]", "selectors=[]", "extractor={use: pixels}")
    invoke("judge", "real.npz", "--candidates", "made.npz", *fast)
    assert Pipeline.from_file("runs/real-made/real-made.yaml").strategy.name == "all-available"
    assert len(load("runs/real-made").pool) == 40
