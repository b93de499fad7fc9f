"""`genaug plugins new` and `genaug plugins check`."""

import importlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from genaug.cli import app
from genaug.components.discovery import group
from genaug.components.kinds import KINDS
from genaug.testing import failures


def genaug(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_plugin_meets_its_contract_as_it_is(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "package"
    said = genaug("plugins", "new", f"first-{kind}", "--kind", kind, "--out", str(folder)).stdout
    assert f"genaug plugins check first-{kind} --kind {kind}" in said
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["entry-points"][group(kind)][f"first-{kind}"].partition(":")
    monkeypatch.syspath_prepend(str(folder / "src"))
    component = getattr(importlib.import_module(module), name)()
    assert component.name == f"first-{kind}"
    assert failures(component) == {}


def test_the_files_of_a_new_plugin_are_formatted(tmp_path: Path) -> None:
    for kind in KINDS:
        genaug("plugins", "new", f"first-{kind}", "--kind", kind, "--out", str(tmp_path / kind))
    settings = Path(__file__).parents[3] / "pyproject.toml"
    for order in (
        ["format", "--check"],
        ["check", "--ignore", "I001"],
    ):  # which packages are whose is unknown
        command = [
            sys.executable,
            "-m",
            "ruff",
            *order,
            "--no-cache",
            "--config",
            str(settings),
            str(tmp_path),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Sharp", "--kind", "selector"], "use lower-case letters"),
        (["sharp", "--kind", "selektor"], "Did you mean 'selector'"),
        (["random", "--kind", "selector"], "genaug has a selector 'random' already"),
    ],
)
def test_what_cannot_be_a_plugin_is_refused(arguments: list[str], message: str, tmp_path: Path) -> None:
    told = genaug("plugins", "new", *arguments, "--out", str(tmp_path / "new"), code=2).stderr
    assert message in told
    assert not (tmp_path / "new").exists()


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    told = genaug("plugins", "new", "sharp", "--kind", "selector", "--out", str(tmp_path), code=2).stderr
    assert "exists already" in told
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_check_runs_the_kit_with_settings() -> None:
    found = json.loads(genaug("plugins", "check", "density", "--set", "k=2", "--json").stdout)
    assert found["failed"] == 0
    assert {"check": "keeps_reasons", "status": "passed", "reason": ""} in found["checks"]


def test_check_names_the_settings_that_are_needed() -> None:
    assert (
        "needs path: give --set path=VALUE"
        in genaug("plugins", "check", "image-folder", "--kind", "source", code=2).stderr
    )


def test_check_reports_what_is_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    from genaug.testing.checks import selector

    def keeps_reasons(*_: object) -> None:
        raise AssertionError("no reason was given\nfor this one")

    keeps_reasons.__module__ = selector.__name__
    monkeypatch.setattr(selector, "keeps_reasons", keeps_reasons)
    said = genaug("plugins", "check", "random", "--kind", "selector", code=1).stdout
    assert "failed  keeps_reasons: no reason was given\n" in said
