"""The forecast of time and memory: measured by a clock of the test, on stages that are stopped early."""

import dataclasses
import itertools
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug import Pipeline, from_arrays
from genaug.cli.check import between, print_cost
from genaug.contracts.context import one_after_another
from genaug.execution.cost.forecast import MEGABYTE, CostForecast, StageCost
from genaug.execution.cost.trial import trial
from genaug.execution.cost.watch import Enough, Watch


def ticking(seconds: float = 1.0) -> Callable[[], float]:
    """Return a clock that advances by so much whenever it is read."""
    ticks = itertools.count()
    return lambda: next(ticks) * seconds


def pipeline(**changes: Any) -> Pipeline:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 40)
    values = (rng.normal(size=(80, 4)) + labels[:, None]).astype(np.float32)
    settings: dict[str, Any] = {
        "source": from_arrays(values, labels),
        "generator": {"use": "gaussian"},
        "strategy": {"use": "class-balance", "add": 30},
        "selectors": [{"use": "random", "max_per_class": 10}],
        "extractor": {"use": "standardized"},
        "task": {"use": "classification", "model": {"use": "logistic-regression"}},
        "validators": [{"use": "downstream", "seeds": 3}],
        "hooks": [],
        "threads": 1,
    }
    return Pipeline(**settings | changes)


GAN = {"use": "gan", "architecture": {"use": "mlp", "width": 8, "depth": 1}, "steps": 1_000_000}


def test_a_fit_that_would_take_days_is_stopped_and_extrapolated(tmp_path: Path) -> None:
    found = trial(pipeline(generator=GAN).job(), clock=ticking(), budget=5)
    costs = {one.stage: one for one in found.stages}
    low, high = costs["fit"].seconds or (0, 0)
    assert high is not None
    assert 500_000 < low < 1_000_000 < high < 2_000_000  # a step takes a second of this clock
    assert costs["fit"].basis.endswith("of 1,000,000 (train the generator)")
    assert costs["validate.downstream"].seconds is not None  # on the stand-ins of what was stopped
    assert all(one.memory for one in found.stages)
    assert not list(tmp_path.iterdir())


def test_a_trial_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = pipeline().check(forecast=True).cost
    assert found is not None
    assert not list(tmp_path.iterdir())
    assert [one.basis for one in found.stages[:4]] == ["in full"] * 4
    assert pipeline().check().cost is None


def test_finished_stages_cost_nothing_and_folds_cost_their_number(tmp_path: Path) -> None:
    small = pipeline(validators=())
    small.run(tmp_path / "out")
    found = trial(pipeline().job(), tmp_path / "out", clock=ticking())
    assert [one.basis for one in found.stages[:5]] == ["finished already"] * 5
    assert found.seconds[0] > 0
    folds = pipeline(split={"folds": 3}).check(forecast=True).cost
    assert folds is not None
    assert folds.runs == 3
    single = dataclasses.replace(folds, runs=1)
    assert folds.seconds[0] == pytest.approx(3 * single.seconds[0])


def test_a_generator_that_cannot_be_shortened_leaves_the_rest_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genaug.training.config.TrainingConfig.shortened", lambda self: None)
    found = trial(pipeline(generator=GAN).job(), clock=ticking(), budget=5)
    assert [one.seconds is None for one in found.stages] == [False] * 3 + [True] * 3
    assert found.seconds[1] is None
    assert any("nothing is known of the time of generate" in one for one in found.warnings())


def test_units_of_work_are_counted_once_where_stages_share_them() -> None:
    watch = Watch(ticking(), budget=3, most=60)

    def stopped() -> Any:
        with watch.stage(), suppress(Enough):
            for done in range(101):
                watch.progressed(task="features", done=done, total=100)
        return watch.remaining()

    first, second = stopped(), stopped()
    assert first.seconds == pytest.approx(first.total - first.done)  # a second each
    assert (first.new, second.new) == (first.seconds, 0)
    assert watch.share() == pytest.approx(second.done / 100)


def test_a_map_says_how_many_calls_can_run_in_parallel() -> None:
    watch = Watch(ticking(), budget=3, most=60)
    with watch.stage():
        assert list(watch.mapped(one_after_another, 8)(abs, [-1, -2], 4)) == [1, 2]
        assert watch.processes == 4
        list(watch.mapped(one_after_another, 8)(abs, [-1], 9, threads=None))
        assert watch.processes == 4


def test_work_without_progress_is_interrupted() -> None:
    watch = Watch(ticking(), budget=1, most=0.01)

    def endless() -> None:
        with watch.stage():
            while True:
                pass

    with pytest.raises(Enough):
        endless()
    assert watch.remaining() is None


def cost(*stages: StageCost, spared: int = 0, machine: int | None = None) -> CostForecast:
    return CostForecast(stages, 1, 2.0, spared, machine)


def test_more_memory_than_the_machine_has_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    fit = StageCost("fit", (30.0, 50.0), 900 * MEGABYTE, "in full")
    assert not list(cost(fit, machine=1000 * MEGABYTE).warnings())
    (said,) = cost(fit, spared=200 * MEGABYTE, machine=1000 * MEGABYTE).warnings()
    assert "may need 1,100 MB" in said
    assert "has 1,000 MB" in said
    (said,) = cost(fit, machine=800 * MEGABYTE).warnings()
    assert "the run needs 900 MB" in said
    print_cost(cost(fit, machine=800 * MEGABYTE))
    text = capsys.readouterr().out
    assert "The run: 30 to 50 s" in text
    assert "- the run needs 900 MB" in text


def test_times_in_words() -> None:
    assert between((0.2, 0.4)) == "1 s"
    assert between((30, 200)) == "30 s to 3 min"
    assert between((300, 1500)) == "5 to 25 min"
    assert between((7200, None)) == "2.0 h or more"
    assert between(None) == "?"
