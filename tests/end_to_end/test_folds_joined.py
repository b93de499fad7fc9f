"""The joint results of a run over folds: one report, one data set, one table of findings."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from genaug import Pipeline, load
from genaug.cli import app
from genaug.contracts.model_choice import CandidateScore, ModelChoice
from genaug.execution.joined import joint_choice, joint_history, spread
from genaug.runs.run import Run
from genaug_plugins.validators.downstream.folds import _curves

CONFIG: dict[str, Any] = {
    "source": {"use": "arrays", "path": "data.npz", "values": "x", "labels": "y"},
    "split": {"folds": 3, "validation_share": 0.2},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 15},
    "selectors": [{"use": "random", "share": 0.5}],
    "extractor": {"use": "standardized"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}, {"use": "fidelity"}],
    "exporters": [{"use": "hugging-face"}, {"use": "html-report"}],
    "hooks": [],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("folds")
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    values = (rng.normal(size=(60, 4)) + labels[:, None]).astype(np.float32)
    np.savez(home / "data.npz", x=values, y=labels)
    config = json.loads(json.dumps(CONFIG))
    config["source"]["path"] = str(home / "data.npz")
    (home / "folds.yaml").write_text(json.dumps(config))
    Pipeline(**config).run(home / "out")
    return home


@pytest.fixture
def run(home: Path) -> Run:
    return load(home / "out")


def genaug(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


def test_one_report_shows_the_joint_verdict_and_the_values_of_every_fold(home: Path, run: Run) -> None:
    assert run.record.report == "html-report/report.html"
    page = (home / "out" / run.record.report).read_text()
    assert run.verdict is not None
    assert "over 3 folds" in page
    assert "3 folds of 60 real samples" in page
    assert "by fold: " in page


def test_the_candidates_of_all_folds_are_as_many_as_one_fold_kept(run: Run) -> None:
    assert len(run.real) == 60
    assert len(run.pool) == 90  # 15 of 2 classes in 3 folds
    kept = run.selected
    folds = [load(run.folder / name) for name in run.record.folds]
    for label in range(2):
        of_folds = [int((one.selected.samples.labels == label).sum()) for one in folds]
        assert (kept.samples.labels == label).sum() == round(sum(of_folds) / 3)
    assert {one[:8] for one in kept.lineage["generator"]} == {
        one.pool.lineage["generator"][0][:8] for one in folds
    }


def test_findings_are_joint_or_means_with_the_values_of_the_folds(run: Run) -> None:
    downstream, fidelity = run.findings
    assert downstream.verdict == run.verdict
    assert all("by fold: " in one.note for one in fidelity.findings)
    of_folds = [load(run.folder / name).findings for name in run.record.folds]
    for finding in fidelity.findings:
        values = [one.value for found in of_folds for one in found[1].findings if one.name == finding.name]
        assert finding.value == pytest.approx(np.mean(values))
        assert "mean of 3 folds" in finding.note
    accuracy = next(one for one in downstream.findings if one.name == "accuracy[real]")
    assert re.search(r"by fold: 0\.\d+, 0\.\d+, 0\.\d+ \(standard deviation", accuracy.note)
    assert "mean of" not in accuracy.note


def test_the_choices_of_the_model_are_joined() -> None:
    def choice(chosen: int, *scores: float | None) -> ModelChoice:
        candidates = tuple(
            CandidateScore(model=name, score=one) for name, one in zip("ab", scores, strict=True)
        )
        return ModelChoice(
            chosen=chosen, metric="accuracy", candidates=candidates, sentence=f"model: {chosen}"
        )

    joint = joint_choice([choice(1, 0.5, 0.7), choice(0, 0.6, None), choice(1, 0.7, 0.9)])
    assert joint is not None
    assert joint.chosen == 1
    assert joint.sentence.startswith(
        "model: b in folds 1, 3, a in fold 2, each chosen on the training samples"
    )
    assert [one.score for one in joint.candidates] == [pytest.approx(0.6), pytest.approx(0.8)]
    same = joint_choice([choice(0, 0.5, 0.4)] * 3)
    assert same is not None
    assert same.sentence.startswith("model: a in every fold")
    assert joint_choice([None, None]) is None


def test_logged_values_and_learning_curves_are_joined() -> None:
    assert joint_history(
        [{"step": [1, 2], "loss": [1.0, 3.0], "p": [1.0]}, {"step": [1, 2], "loss": [3.0, 5.0]}]
    ) == {
        "step": [1.0, 2.0],
        "loss": [2.0, 4.0],
    }
    long, short = {"loss": np.zeros((2, 5))}, {"loss": np.ones((2, 4))}
    assert _curves([long, long, long], long)["loss"].shape == (6, 5)
    assert _curves([long, short], short) is short


def test_a_finding_that_a_fold_lacks_is_said() -> None:
    from genaug.data import Finding, Findings

    found = [Findings(validator="v", findings=(Finding(name="a", value=1.0),)), Findings(validator="v")]
    (row,) = spread(found, None).findings
    assert row.note == "mean of 1 folds; by fold: 1; 1 of 2 folds lack it"


def test_one_data_set_is_exported_and_again_in_another_form(home: Path, run: Run, tmp_path: Path) -> None:
    assert (home / "out" / "hugging-face").is_dir()
    genaug(
        "export", home / "out", "--as", "table-file", "--set", "format=csv", "--out", tmp_path / "csv", code=2
    )
    genaug("export", home / "out", "--as", "webdataset", "--out", tmp_path / "shards")
    assert any((tmp_path / "shards").rglob("*.tar"))
    assert (
        "not an empty folder"
        in genaug("export", home / "out", "--as", "webdataset", "--out", tmp_path, code=2).output
    )


def test_the_report_is_built_again(home: Path) -> None:
    page = home / "out" / "html-report" / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert "html-report" in genaug("report", home / "out").output
    assert page.read_bytes() == before


def test_what_needs_one_generator_names_the_folds(home: Path, run: Run) -> None:
    said = genaug("sample", home / "out", "--class", "0", "--count", "3", code=2).output
    assert "a run over 3 folds, with a generator for each: name one of them" in said
    assert "folds/1" in said
    made = load(home / "out" / "folds" / "1").sampler.sample("0", 3)
    assert len(made) == 3


def test_runs_over_folds_are_compared_by_their_joint_findings(home: Path) -> None:
    out = json.loads(genaug("compare", home / "out", home / "out", "--json").stdout)
    assert out["same_test_view"]
    assert ("downstream", "accuracy[real]") in {(one["validator"], one["name"]) for one in out["findings"]}
