"""A run over folds: the chain once for each fold, and one verdict over all samples."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from genaug import Pipeline
from genaug.cli import app
from genaug.execution.record import RunRecord
from genaug.execution.store import STORE, Store
from genaug.stages.split import Views

CONFIG: dict[str, Any] = {
    "source": {"use": "arrays", "path": "data.npz", "values": "x", "labels": "y"},
    "split": {"folds": 3, "validation_share": 0.2},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 15},
    "selectors": [{"use": "random", "share": 0.5}],
    "extractor": {"use": "standardized"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}],
    "hooks": [],
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 30)
    values = (rng.normal(size=(60, 4)) + labels[:, None]).astype(np.float32)
    np.savez("data.npz", x=values, y=labels)
    return tmp_path


def test_one_verdict_rests_on_the_test_samples_of_all_folds(home: Path) -> None:
    run = Pipeline(**CONFIG).run("out")
    assert run.verdict is not None
    assert "60 test samples" in run.verdict.sentence
    assert run.verdict.sentence.endswith("; over 3 folds")
    assert run.verdict.label != "not enough data to say"
    assert run.record.folds == ("folds/1", "folds/2", "folds/3")
    tested: list[str] = []
    for name in run.record.folds:
        record = RunRecord.model_validate_json((home / "out" / name / "run.json").read_bytes())
        assert record.status == "finished"
        assert record.verdict is not None
        assert record.verdict.label == "not enough data to say"  # 20 test samples
        split = next(stage for stage in record.stages if stage.name == "split")
        artifact = Store(home / "out" / name / STORE).find("split", split.fingerprint)
        assert artifact is not None
        views = Views(artifact.folder)
        assert not set(views.train.samples.ids) & set(views.test.samples.ids)
        tested += views.test.samples.ids.tolist()
    assert len(set(tested)) == 60
    (joint,) = json.loads((home / "out" / "folds.json").read_text())
    assert any("rests on 3 folds" in remark for remark in joint["remarks"])


def test_a_second_run_reuses_every_fold_and_gives_the_same_verdict(home: Path) -> None:
    Path("folds.json").write_text(json.dumps(CONFIG))
    Path("folds.yaml").write_text(Path("folds.json").read_text())
    printed = [CliRunner().invoke(app, ["run", "folds.yaml", "--out", "out"]) for _ in range(2)]
    assert [one.exit_code for one in printed] == [0, 0], printed[0].output
    again = [line for line in printed[1].stdout.splitlines() if not line.startswith("the same result as on")]
    assert printed[0].stdout.splitlines() == again
    assert len(again) == len(printed[1].stdout.splitlines()) - 1
    assert printed[0].stdout.startswith("3 folds; manifest ")
    record = json.loads(Path("out/folds/2/run.json").read_text())
    assert all(stage["reused"] for stage in record["stages"])


def test_check_tells_that_no_verdict_is_possible_and_which_split_allows_one(home: Path) -> None:
    few = CONFIG | {"split": {"train_share": 0.5, "validation_share": 0.2}}
    forecast = Pipeline(**few).check().forecasts["downstream"]
    (said,) = forecast["obstacles"]
    assert said == (
        "no verdict is possible: 18 test samples, 50 needed. Change split to {folds: 5, validation_share: "
        "0.1} (runs the chain 5 times, and tests every sample)"
    )
    forecast = Pipeline(**CONFIG).check().forecasts["downstream"]
    assert not forecast["obstacles"]
    assert forecast["test_samples"] == 60
    assert 0.05 < forecast["minimum_detectable_effect"] < 0.3


def test_one_fold_is_an_ordinary_run(home: Path) -> None:
    pipeline = Pipeline(**CONFIG | {"split": {"folds": 3, "fold": 2, "validation_share": 0.2}})
    assert pipeline.run("one").record.folds == ()
