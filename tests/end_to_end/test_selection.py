"""What a chain of selectors is given in a run, and what becomes of a run that loses a class."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug import Context, Generator, Pipeline, Sampler, Selector
from genaug.contracts import Candidates
from genaug.data import Request, Samples, SampleSpec, Selection, TrainView
from genaug.errors import DataError, PluginFailed


class PlainSampler(Sampler):
    """Draw uniform values, and score them by their means."""

    capabilities: ClassVar[frozenset[str]] = frozenset({"class-conditional"})
    answer: ClassVar[str] = "mean"

    def __init__(self, spec: SampleSpec) -> None:
        self.spec = spec

    def sample(self, request: Request, rng: np.random.Generator) -> Samples:
        values = rng.uniform(-1, 1, (request.count, *self.spec.shape)).astype(np.float32)
        return Samples(values, np.full(request.count, request.label))

    def scores(self, samples: Samples) -> Mapping[str, NDArray[np.float64]]:
        if self.answer == "unsteady" and samples.labels[0]:
            return {}
        means = samples.values.mean(axis=(1, 2, 3), dtype=np.float64)
        return {"mean": means[1:] if self.answer == "short" else means}

    def save(self, folder: Path) -> None:
        (folder / "spec.json").write_text(self.spec.model_dump_json())


class PlainGenerator(Generator):
    name: ClassVar[str] = "plain"

    def fit(self, train: TrainView, context: Context) -> Sampler:
        return PlainSampler(train.spec)

    def load(self, folder: Path) -> Sampler:
        return PlainSampler(SampleSpec.model_validate_json((folder / "spec.json").read_text()))


SEEN: list[Candidates] = []


class DroppingSelector(Selector):
    """Drop some classes altogether."""

    name: ClassVar[str] = "dropping"

    classes: tuple[int, ...] = ()
    """Which."""

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        SEEN.append(candidates)
        kept = ~np.isin(candidates.pool.labels, self.classes)
        return Selection(
            kept, np.where(kept, "", "of the wrong class"), {"mine": np.zeros(len(kept))}, remarks=("by eye",)
        )


def pipeline(**changes: Any) -> Pipeline:
    settings: dict[str, Any] = {
        "source": {"use": "sklearn-digits"},
        "split": {"train_per_class": 3, "validation_per_class": 2, "test_per_class": 2},
        "generator": PlainGenerator(),
        "strategy": {"use": "class-balance", "add": 4},
        "extractor": {"use": "pixels"},
        "task": {"use": "classification", "model": {"use": "logistic-regression"}},
        "hooks": [{"use": "event-log"}],
    }
    return Pipeline(**(settings | changes))


def warnings(folder: Path, event: str = "warned") -> list[str]:
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    return [one["message"] for one in events if one["event"] == event]


def test_selectors_see_what_the_sampler_and_those_before_said_and_leave_values_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genaug.stages.shards.SHARD", 5)
    SEEN.clear()
    pipeline(selectors=(DroppingSelector(classes=(3,)), DroppingSelector())).run(tmp_path)
    first, second = SEEN
    assert set(first.scores) == {"generator.mean"}
    assert set(second.scores) == {"generator.mean", "dropping.mine"}
    assert len(first) == 40
    assert len(second) == 36
    assert "values" not in vars(second.pool.samples)
    means = second.pool.samples.values.mean(axis=(1, 2, 3), dtype=np.float64)
    np.testing.assert_allclose(second.scores["generator.mean"], means, atol=0.01)  # 8 bits a pixel


def test_a_class_left_empty_is_named(tmp_path: Path) -> None:
    pipeline(selectors=(DroppingSelector(classes=(3,)), DroppingSelector(classes=(3, 5)))).run(tmp_path)
    assert warnings(tmp_path) == [
        "dropping: left none of 4 candidates of class '3'",
        "dropping-2: left none of 4 candidates of class '5'",
    ]
    assert warnings(tmp_path, "noted")[-2:] == ["dropping: by eye", "dropping-2: by eye"]


def test_a_run_may_stop_where_a_class_is_left_empty(tmp_path: Path) -> None:
    chain = (DroppingSelector(), DroppingSelector(classes=(3, 5)))
    pipeline(selectors=chain).run(tmp_path)  # what was only said before is no reason to go on now
    with pytest.raises(DataError, match=r"'dropping-2' left none of 4 candidates of class '3' and none"):
        pipeline(selectors=chain, if_class_empty="error").run(tmp_path)
    with pytest.raises(DataError, match=r"none of 40 candidates, of any class.* set `min_per_class`"):
        pipeline(selectors=[DroppingSelector(classes=tuple(range(10)))], if_class_empty="error").run(tmp_path)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("short", "score 'mean' of the sampler of .* must be 4 finite float64"),
        ("unsteady", r"scored \['mean'\] at first, and"),
    ],
)
def test_scores_that_break_the_samplers_promise_are_refused(
    tmp_path: Path, answer: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("genaug.stages.shards.SHARD", 4)
    monkeypatch.setattr(PlainSampler, "answer", answer)
    with pytest.raises(PluginFailed, match=message):
        pipeline().run(tmp_path)
