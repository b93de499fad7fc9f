"""Names of files and classes with bytes that are no text, control characters and YAML's own words."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from genaug import Pipeline, config
from genaug.cli import app
from genaug.data.valid_text import valid_text, valid_texts

CLASSES = [b"caf\xe9", b"yes", b"1e3", b"null", b"2024-01-31", b"c\x85d", b"q\"u'ote", b"\x1b[31mred"]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    root = os.fsencode(tmp_path) + b"/ph\xe9tos"
    for name in CLASSES:
        try:
            os.makedirs(root + b"/" + name)
        except OSError:  # some file systems only take UTF-8
            pytest.skip("the file system takes no such names")
        for index in range(8):
            with open(root + b"/" + name + b"/i\xe9%d.png" % index, "wb") as file:
                Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(file, "png")
    return Path(os.fsdecode(b"ph\xe9tos"))


def test_a_folder_of_odd_names_is_started_run_and_reported(photos: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["init", str(photos), "--out", "odd.yaml"])
    assert done.exit_code == 0, done.output + repr(done.exception)
    assert "\x1b" not in done.output
    assert config.read("odd.yaml").data["source"]["path"] == str(photos)
    small = [
        "split={train_share: 0.5, validation_share: 0.1}",
        "generator={use: gaussian}",
        "strategy={use: class-balance, add: 3}",
        "selectors=[]",
        "task={use: classification, model: {use: logistic-regression}}",
        "extractor={use: pixels}",
        "validators=[{use: downstream, seeds: 3}]",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = Pipeline.from_file("odd.yaml", small)
        assert set(pipeline.check().audit["classes"]) == {
            "caf\\xe9",
            "yes",
            "1e3",
            "null",
            "2024-01-31",
            "c\\x85d",
            "q\"u'ote",
            "\x1b[31mred",
        }
        run = pipeline.run("out")
        assert run.record.config["source"]["path"] == str(photos)
        again = pipeline.run("out")
        assert all(stage.reused for stage in again.record.stages if not stage.name.startswith("export"))
    reported = runner.invoke(app, ["report", "out"])
    assert reported.exit_code == 0, reported.output + repr(reported.exception)
    assert "caf\\xe9" in (Path("out") / str(run.record.report)).read_text(encoding="utf-8")


def test_a_table_whose_name_has_other_bytes_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = os.fsdecode(b"t\xe9\x85.csv")
    lines = [f"{row / 7},{row % 5},{'no' if row % 2 else 'yes'}" for row in range(160)]
    try:
        Path(name).write_text("\n".join(["a,b,kind", *lines]))
    except OSError:
        pytest.skip("the file system takes no such names")
    done = CliRunner().invoke(app, ["init", name, "--out", "t.yaml"])
    assert done.exit_code == 0, done.output + repr(done.exception)
    pipeline = Pipeline.from_file("t.yaml")
    assert pipeline.check().audit["classes"] == {"no": 80, "yes": 80}
    dataset = pipeline.source.load()
    assert dataset.origins is not None
    assert dataset.origins[0] == "t\\xe9\\x85.csv[0]"


def test_an_output_folder_whose_name_is_no_text_is_refused(photos: Path) -> None:
    CliRunner().invoke(app, ["init", str(photos), "--out", "odd.yaml"])
    refused = CliRunner().invoke(app, ["run", "odd.yaml", "--out", os.fsdecode(b"o\xe9")])
    assert refused.exit_code == 2
    assert "the name of the output folder o\\xe9 has bytes that are not UTF-8" in refused.stderr


@pytest.mark.parametrize(
    ("given", "valid"), [("ü", "ü"), ("a\udce9", "a\\xe9"), ("\ud800b", "\\ud800b"), ("ü\udce9", "ü\\xe9")]
)
def test_text_is_made_valid(given: str, valid: str) -> None:
    assert valid_text(given) == valid
    assert valid_texts(np.array([given, "plain"])).tolist() == [valid, "plain"]
