"""A rerun in the same output folder keeps the result that was there before."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from genaug import Pipeline
from genaug.cli import app
from genaug.execution.history import HISTORY, keep, results
from genaug.execution.record import finished

CONFIG: dict[str, Any] = {
    "source": {"use": "gaussian-mixture", "per_class": 40},
    "split": {"train_per_class": 12, "validation_per_class": 8, "test_per_class": 16},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 6},
    "extractor": {"use": "standardized"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}],
    "exporters": [{"use": "html-report"}],
    "hooks": [],
}


def genaug(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an output folder with two results; the second has more candidates."""
    folder = tmp_path_factory.mktemp("run")
    Pipeline(**CONFIG).run(folder)
    Pipeline(**{**CONFIG, "strategy": {"use": "class-balance", "add": 9}}).run(folder)
    return folder


def test_a_rerun_keeps_the_last_result_and_its_page(folder: Path) -> None:
    """Before: report and verdict of the first run were overwritten."""
    first, second = results(folder)
    assert second.record.plain() == finished(folder).plain()
    assert first.record.config["strategy"]["add"] == 6
    assert first.record.verdict is not None
    page = first.page(folder)
    assert page is not None
    assert page.read_bytes() != (folder / "html-report" / "report.html").read_bytes()
    said = genaug("report", str(folder), "--history").stdout
    assert re.search(r"changed: strategy\.add: 6 → 9", said)
    assert str(page) in said
    told = json.loads(genaug("report", str(folder), "--history", "--json").stdout)
    assert [one["config"]["strategy"]["add"] for one in told["results"]] == [6, 9]


def test_former_results_are_compared_with_the_last_one(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    said = genaug("compare", str(folder), "--history", "--page", str(page)).stdout
    assert re.search(r"strategy\.add +6 +9", said)
    text = page.read_text(encoding="utf-8")
    assert "2 runs side by side" in text
    assert "store/export-html-report-" in text  # the page of the former result
    assert len(json.loads(genaug("compare", str(folder), "--json").stdout)["runs"]) == 1


def test_an_equal_rerun_adds_nothing_and_says_so(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json.yaml"
    config.write_text(json.dumps({**CONFIG, "strategy": {"use": "class-balance", "add": 9}}))
    before = (folder / HISTORY).read_bytes()
    said = genaug("run", str(config), "--out", str(folder)).stdout
    assert "the same result as on" in said
    genaug("report", str(folder))
    assert (folder / HISTORY).read_bytes() == before


def test_a_run_of_an_older_version_is_kept_when_it_is_rerun(tmp_path: Path) -> None:
    small = {**CONFIG, "validators": [], "exporters": []}
    Pipeline(**small).run(tmp_path)
    (tmp_path / HISTORY).unlink()
    assert "1. " in genaug("report", str(tmp_path), "--history").stdout
    Pipeline(**{**small, "seed": 1}).run(tmp_path)
    assert [one.record.config["seed"] for one in results(tmp_path)] == [0, 1]


def test_a_line_that_a_kill_left_half_written_costs_nothing_else(tmp_path: Path) -> None:
    Pipeline(**{**CONFIG, "validators": [], "exporters": []}).run(tmp_path)
    line = (tmp_path / HISTORY).read_bytes()
    (tmp_path / HISTORY).write_bytes(line[: len(line) // 2])
    assert results(tmp_path) == []
    keep(tmp_path)
    assert len(results(tmp_path)) == 1
    keep(tmp_path)
    assert len(results(tmp_path)) == 1
