"""What every executor records of a run, and refuses to a stage."""

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from genaug import Candidates, Context, Pipeline, Selector
from genaug.data import Selection, TrainView
from genaug.errors import PluginFailed
from genaug.execution.executor import Executor
from genaug.execution.record import RunRecord, finished


class QuietSelector(Selector):
    """Keeps all after reading features without declaring it."""

    name: ClassVar[str] = "quiet"

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        context.features(None, candidates.pool)
        return Selection(np.ones(len(candidates), dtype=bool), np.full(len(candidates), ""), {})


class SayingSelector(QuietSelector):
    """Declares that it reads features."""

    name: ClassVar[str] = "saying"

    @property
    def uses_pipeline_extractor(self) -> bool:
        return True


def test_the_record_says_with_which_versions_each_artifact_was_made(
    config: dict[str, Any], executor: Executor, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    Pipeline(**config).run(folder, executor)
    made = {stage.name: stage.versions for stage in finished(folder).stages}
    assert set(made) == {"audit", "split", "fit", "generate"}
    assert all({"python", "genaug", "numpy"} <= set(versions) for versions in made.values())
    assert "torch" in made["fit"]

    (fit,) = (folder / "store").glob("fit-*")
    record = json.loads((fit / "artifact.json").read_text())
    (fit / "artifact.json").write_text(json.dumps(record | {"versions": {"numpy": "0.1"}}))
    Pipeline(**config).run(folder, executor)
    again = next(stage for stage in finished(folder).stages if stage.name == "fit")
    assert again.reused
    assert again.versions == {"numpy": "0.1"}


def test_a_record_of_the_release_before_is_read() -> None:
    old = {"step": "fit", "fingerprint": "0", "digest": "1", "reused": False, "seconds": 1.0}
    record = RunRecord.model_validate({"status": "finished", "stages": [old], "config": {}, "versions": {}})
    assert record.stages[0].name == "fit"


def test_what_a_process_that_shares_a_fit_returns_had_another_name() -> None:
    old = RunRecord.model_validate({"status": "took part", "config": {}, "versions": {}})
    assert old.status == "participated"


def test_who_does_not_say_that_it_uses_the_extractor_is_refused_it(
    config: dict[str, Any], executor: Executor, tmp_path: Path
) -> None:
    with pytest.raises(
        PluginFailed, match=r"selector 'quiet' .* without declaring it: .*uses_pipeline_extractor"
    ):
        Pipeline(**config, selectors=(QuietSelector(),)).run(tmp_path / "run", executor)
    assert (
        Pipeline(**config, selectors=(SayingSelector(),)).run(tmp_path / "run", executor).status == "finished"
    )
    assert not (tmp_path / "run" / "store" / "temporary").exists()


def test_what_was_read_of_files_is_kept_in_the_store(
    config: dict[str, Any], executor: Executor, tmp_path: Path
) -> None:
    Pipeline(**config).run(tmp_path / "run", executor)
    kept = json.loads((tmp_path / "run" / "store" / "files.json").read_text())
    assert any(key.endswith("generators/gaussian.py") for key in kept)
