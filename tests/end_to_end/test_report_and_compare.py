"""`genaug report` and `genaug compare` on finished runs."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from genaug import Pipeline, load
from genaug.cli import app
from genaug.data.output_folders import mark_output
from genaug.errors import StoreError
from genaug.execution.compared import read_runs
from genaug.execution.record import finished
from genaug.execution.side_by_side import side_by_side

CONFIG: dict[str, Any] = {
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 6, "validation_per_class": 5, "test_per_class": 10},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 6},
    "extractor": {"use": "pixels"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}],
    "hooks": [],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    home = tmp_path_factory.mktemp("runs")
    Pipeline(**CONFIG).run(home / "all")
    Pipeline(**CONFIG, selectors=[{"use": "random", "share": 0.5}]).run(home / "half")
    return home / "all", home / "half"


def genaug(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


def test_a_run_without_a_page_gets_one_and_nothing_is_done_again(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(runs[0], folder)
    before = finished(folder)
    assert before.report is None
    said = genaug("report", str(folder)).stdout
    after = finished(folder)
    assert after.report is not None
    assert str(folder / after.report) in said
    assert after.verdict == before.verdict
    assert all(stage.reused for stage in after.stages if not stage.name.startswith("export."))
    first = (folder / after.report).read_bytes()
    (folder / after.report).unlink()
    genaug("report", str(folder))
    assert (folder / after.report).read_bytes() == first


def test_a_report_is_built_from_what_is_stored_after_an_edit_of_the_code(
    runs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(runs[0], folder)
    monkeypatch.setattr("genaug.execution.job.NUMERIC", ())  # every stage has another fingerprint now
    before = finished(folder)
    genaug("report", str(folder))  # before: refused, as artifacts were missing
    after = finished(folder)
    assert [stage for stage in before.stages if not stage.name.startswith("export.")] == [
        stage.model_copy(update={"reused": old.reused, "seconds": old.seconds})
        for stage, old in zip(after.stages, before.stages, strict=False)
    ]


def test_what_is_gone_is_named_and_not_computed_anew(runs: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(runs[0], folder)
    for path in (folder / "store").glob("validate-*"):
        shutil.rmtree(path)
    said = genaug("report", str(folder), code=2).stderr
    assert "validate.downstream" in said
    assert "Run its config again: `genaug run CONFIG --out" in said
    compared = genaug("compare", str(folder))  # its verdict is in the record
    assert "validate.downstream" in compared.stderr
    assert "best here" in compared.stdout


def test_a_folder_with_files_of_the_previous_release_is_reported(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(runs[1], folder)
    (path,) = (folder / "store").glob("select-*/chain.json")
    chain, size = json.loads(path.read_text()), path.stat().st_size
    old = json.dumps({"steps": chain.pop("selectors"), **chain})
    path.write_text(old.ljust(size))  # the store compares sizes
    record = json.loads((folder / "run.json").read_text())
    stages = [{"step": stage.pop("name"), **stage} for stage in record["stages"]]
    (folder / "run.json").write_text(json.dumps(record | {"stages": stages}))
    genaug("report", str(folder))
    assert path.read_text() == old.ljust(size)  # it was read, not written again
    assert "random" in (folder / str(finished(folder).report)).read_text(encoding="utf-8")


def test_a_run_from_before_an_upgrade_is_reported(runs: tuple[Path, Path], tmp_path: Path) -> None:
    # Before: "a component has changed", since today's config has settings that the record has not.
    folder = tmp_path / "run"
    shutil.copytree(runs[1], folder)
    record = json.loads((folder / "run.json").read_text())
    for holder, name in (
        (record["config"], "if_class_empty"),
        (record["config"]["selectors"][0], "min_per_class"),
    ):
        del holder[name]
    (folder / "run.json").write_text(json.dumps(record))
    said = genaug("report", str(folder)).stdout
    assert record["verdict"]["sentence"] in said
    assert [stage.name for stage in finished(folder).stages if not stage.reused] == ["export.html-report"]


def test_what_differs_from_the_run_is_said(runs: tuple[Path, Path]) -> None:
    other = load(runs[1]).pipeline.with_changes(seed=9)
    with pytest.raises(StoreError, match=r"What differs: other settings of seed. Run its config again"):
        other.report(runs[1])


def test_a_run_that_was_killed_before_its_first_stage_is_named(tmp_path: Path) -> None:
    mark_output(tmp_path)
    (tmp_path / "photos.yaml").write_text("seed: 0\n")
    again = re.escape(f"genaug run {tmp_path}/photos.yaml --out {tmp_path}")
    with pytest.raises(StoreError, match=f"was stopped before its first stage.* Start it again: {again}"):
        finished(tmp_path)


def test_a_folder_without_a_finished_run_is_named(runs: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is not the output folder of a run: it has no run\.json"):
        finished(tmp_path)
    (tmp_path / "run.json").write_text('{"status": "finished"}')
    with pytest.raises(StoreError, match="is not a record that this version of genaug can read"):
        finished(tmp_path)
    record = json.loads((runs[0] / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps(record | {"status": "interrupted"}))
    with pytest.raises(StoreError, match="was interrupted before it finished: run its config again"):
        finished(tmp_path)


def test_runs_stand_side_by_side(runs: tuple[Path, Path]) -> None:
    sides = side_by_side(read_runs(runs)[0])
    verdicts = [finished(folder).verdict for folder in runs]
    assert sides.same_test
    assert sides.verdicts["effect"] == [one.effect for one in verdicts if one]
    assert set(sides.settings) == {"selectors", *(n for n in sides.settings if n.startswith("selectors[0]"))}
    assert sides.settings["selectors[0].use"] == [None, "random"]
    by_name = {name: row for _, name, row in sides.findings}
    assert by_name["accuracy[real + random]"][0] is None
    said = genaug("compare", *map(str, runs)).stdout
    assert "Settings that differ" in said
    assert "selectors[0].share" in said
    assert "downstream: accuracy[real + selected]" in said
    assert "Mind" not in said
    told = json.loads(genaug("compare", *map(str, runs), "--json").stdout)
    assert told["verdicts"]["baseline"] == [one.baseline for one in verdicts if one]
    first = next(gain for gain in verdicts[0].gains if gain.over == "real") if verdicts[0] else None
    assert first is not None
    assert told["verdicts"]["gain over real"][0]["p"] == first.p
    assert re.search(r"gain over real +[+-]\d\.\d{3} \([+-].* to [+-].*\), p = ", said)
    assert re.search(r"best here +real", said)
    assert re.search(r"accuracy gain\[over real\] .*, p = ", said)


def test_a_run_with_a_verdict_of_the_older_rule_is_read(runs: tuple[Path, Path], tmp_path: Path) -> None:
    """Stored verdicts and findings have none of the newer fields."""
    old = tmp_path / "old"
    shutil.copytree(runs[0], old)
    newer = ("gains", "best_arm", "best_score", "best_interval", "best_choice")
    for path in (old / "run.json", *old.glob("store/validate.*/*/findings.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for name in newer:
            del content["verdict"][name]
        for finding in content.get("findings", ()):
            for name in ("p", "bounds", "class_measure"):
                del finding[name]
        path.write_text(json.dumps(content), encoding="utf-8")
    said = genaug("compare", str(old), str(runs[1])).stdout
    assert re.search(r"best here +– +real", said)
    said = genaug("report", str(old)).stdout
    assert "report" in said


def test_other_views_are_warned_of(runs: tuple[Path, Path], tmp_path: Path) -> None:
    Pipeline(**CONFIG, seed=1).run(tmp_path / "other")
    assert not side_by_side(read_runs([runs[0], tmp_path / "other"])[0]).same_test
    assert "not comparable" in genaug("compare", str(runs[0]), str(tmp_path / "other")).stdout


def test_a_folder_of_runs_is_compared_on_a_page(runs: tuple[Path, Path], tmp_path: Path) -> None:
    home = tmp_path / "runs"
    for run in runs:
        shutil.copytree(run, home / "deep" / run.name)
    genaug("report", str(home / "deep" / "all"))
    (home / "stopped").mkdir()
    record = json.loads((runs[0] / "run.json").read_text())
    (home / "stopped" / "run.json").write_text(json.dumps(record | {"status": "interrupted"}))
    (home / "broken").mkdir()
    (home / "broken" / "run.json").write_text("{")
    result = genaug("compare", str(home))
    assert "passed over: the run in" in result.stderr
    assert "broken" in result.stderr
    assert "2 verdicts stand side by side" in result.stdout
    assert str(home / "comparison.html") in result.stdout
    page = (home / "comparison.html").read_text(encoding="utf-8")
    assert 'href="deep/all/html-report/report.html"' in page
    assert "<code>selectors[0].use</code> random" in page
    assert "http://" not in page.replace("http://www.w3.org", "").split("<script>")[0]
    told = json.loads(genaug("compare", str(home), "--json").stdout)
    assert told["test_views"] == ["A", "A"]
    assert len(told["passed_over"]) == 2


def test_runs_that_are_named_get_a_page_only_where_it_is_asked_for(
    runs: tuple[Path, Path], tmp_path: Path
) -> None:
    assert "page:" not in genaug("compare", *map(str, runs)).stdout
    genaug("compare", *map(str, runs), "--page", str(tmp_path / "new" / "page.html"))
    assert (tmp_path / "new" / "page.html").exists()


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    assert "none is in it" in genaug("compare", str(tmp_path), code=2).stderr
    assert "does not exist" in genaug("compare", str(tmp_path / "x"), code=2).stderr
    (tmp_path / "run.json").write_text("{")
    assert "no finished run" in genaug("compare", str(tmp_path), code=2).stderr


def test_runs_over_folds_are_one_run_each_and_test_all_samples(tmp_path: Path) -> None:
    """Test views are compared by their samples; before, by the whole split."""
    small = {
        **CONFIG,
        "source": {"use": "gaussian-mixture", "per_class": 15},
        "extractor": {"use": "standardized"},
        "validators": [],
        "strategy": {"use": "class-balance", "add": 1},
    }
    for folds in (2, 3):
        Pipeline(**{**small, "split": {"folds": folds}}).run(tmp_path / f"folds-{folds}")
    told = json.loads(genaug("compare", str(tmp_path), "--json").stdout)
    assert [Path(run).name for run in told["runs"]] == ["folds-2", "folds-3"]
    assert told["same_test_view"]
    assert told["settings"]["split.folds"] == [2, 3]
    assert all(seconds > 0 for seconds in told["seconds"])
    read = read_runs([tmp_path / "folds-2", tmp_path / "folds-3"])[0]
    assert read[0].digest("split") != read[1].digest("split")
    assert "no verdict" in genaug("compare", str(tmp_path)).stdout
