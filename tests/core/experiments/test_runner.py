"""The runner of experiments: order, sharing, failures."""

from pathlib import Path
from typing import Any

from genaug import Pipeline
from genaug.experiments.runner import make
from genaug.experiments.runs import NOTHING_VARIED, Run

PIPELINE: dict[str, Any] = {
    "threads": 1,
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 4, "validation_per_class": 0, "test_per_class": 4},
    "extractor": {"use": "pixels"},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 6},
    "hooks": [],
}
STAGES = ("audit", "split", "fit", "generate")


def run(arm: str, work: Path, shared: tuple[str, ...] = STAGES, **changes: Any) -> Run:
    pipeline = Pipeline.model_validate(PIPELINE | changes)
    return Run(arm, NOTHING_VARIED, 0, pipeline.config(), pipeline, work, shared)


def reused(run: Run) -> list[str]:
    record = run.record()
    assert record is not None
    assert record.status == "finished"
    return [stage.name for stage in record.stages if stage.reused]


def test_a_run_takes_what_it_shares_from_those_before_it_and_no_more(tmp_path: Path) -> None:
    half, third = ([{"use": "random", "share": share}] for share in (0.5, 0.3))
    runs = [
        run("half", tmp_path, selectors=half),
        run("third", tmp_path, selectors=third),
        run("fits itself", tmp_path, STAGES[:2], selectors=third, exporters=[]),
    ]
    runs[2].data["title"] = "a folder of its own"
    assert make(runs, 1, lambda line: None, isolated=False) == []
    assert [reused(one) for one in runs] == [[], list(STAGES), list(STAGES[:2])]


def test_a_run_that_fails_at_once_loses_no_other(tmp_path: Path) -> None:
    said: list[str] = []
    absent = {"use": "arrays", "path": str(tmp_path / "absent.npz")}
    runs = [run("no data", tmp_path, source=absent), run("plain", tmp_path)]
    assert make(runs, 1, said.append, isolated=False) == runs[:1]
    assert said[0] == "2 runs, 0 of them found finished; 2 to make, 1 at a time"
    assert said[1].startswith("1/2 no data, seed 0: failed: ")
    assert "absent.npz" in said[1]
    assert said[1].endswith("; about 0 min left")
    assert said[2].startswith("2/2 plain, seed 0: ")
    assert reused(runs[1]) == []
