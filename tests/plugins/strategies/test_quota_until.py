"""Generate, select, and ask again: until the quota is met, or the budget is spent."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from genaug import Pipeline
from genaug.contracts import Rounds, StrategyPlace
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.hooks import Hook, hookimpl
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaSampler
from genaug_plugins.strategies.quota_until import QuotaUntilStrategy

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("a", "b"))
LABELS = np.repeat([0, 1], [3, 5]).astype(np.int64)
VIEW = TrainView(SPEC, Samples(np.random.default_rng(0).random((8, 2)).astype(np.float32), LABELS))
ABLE = frozenset({"class-conditional", "image-to-image"})


def further(made: list[int], kept: list[int], number: int = 1, **settings: Any) -> list[tuple[int, int, int]]:
    strategy = QuotaUntilStrategy.model_validate(settings)
    rounds = Rounds(number, np.array(made), np.array(kept))
    sampler, context = FormulaSampler(SPEC, ABLE), Material().context()
    found = strategy.further(VIEW, sampler, np.random.default_rng(0), context, rounds)
    return [(request.label, request.count, request.start) for request in found]


def test_a_round_asks_for_what_the_share_of_kept_ones_lets_expect() -> None:
    assert further([20, 20], [9, 20], add=20) == [(0, 20, 20)]  # 11 · 22 / 10 = 24.2, at most as many as made
    assert further([60, 20], [19, 5], add=20) == [(0, 4, 60), (1, 20, 20)]  # 1 · 62 / 20 = 3.1
    assert further([20, 20], [20, 25], add=20) == []


def test_budget_and_rounds_end_it() -> None:
    assert further([90, 95], [0, 0], add=10, budget=10) == [(0, 10, 90), (1, 5, 95)]
    assert further([100, 100], [0, 0], add=10, budget=10) == []
    assert further([10, 10], [0, 0], add=10, rounds=3, number=3) == []
    assert further([10, 10], [0, 0], add=10, rounds=3, number=2) == [(0, 10, 10), (1, 10, 10)]


def test_another_strategy_says_how_a_class_is_asked_for() -> None:
    by = {"use": "inter-class", "add": 2, "strengths": [0.7]}
    strategy = QuotaUntilStrategy.model_validate({"add": 7, "by": by})
    sampler, context = FormulaSampler(SPEC, ABLE), Material().context()
    found = list(strategy.requests(VIEW, sampler, np.random.default_rng(0), context))
    for label in (0, 1):
        own = [request for request in found if request.made_label == label]
        assert sum(request.count for request in own) == 7
        assert all(request.soft_label is not None for request in own)
        assert len({request.sources for request in own}) > 1  # drawn anew, not repeated
    assert not strategy.reads_confusion
    assert QuotaUntilStrategy.model_validate(
        {"add": 7, "by": {"use": "hard-classes", "total": 2}}
    ).reads_confusion


def test_a_pair_is_checked_with_the_strategy_that_it_asks_by() -> None:
    place = StrategyPlace("gan", frozenset({"class-conditional"}))
    with pytest.raises(ValueError, match="'inter-class' needs image-to-image"):
        QuotaUntilStrategy.model_validate({"add": 7, "by": {"use": "inter-class", "add": 2}}).check_place(
            place
        )
    with pytest.raises(ValueError, match="'quota-until' needs class-conditional"):
        QuotaUntilStrategy(add=7).check_place(replace(place, capabilities=frozenset({"prompt"})))


class Stopping(Hook):
    """A hook that interrupts a run after its second round."""

    name: ClassVar[str] = "stopping"

    def subscribe(self) -> object:
        return _Stopper()


class _Stopper:
    @hookimpl
    def noted(self, message: str) -> None:
        if message.startswith("round 2"):
            raise KeyboardInterrupt


def pipeline(**more: Any) -> Pipeline:
    settings: dict[str, Any] = {
        "source": {"use": "gaussian-mixture", "per_class": 20},
        "split": {"train_per_class": 6, "validation_per_class": 4, "test_per_class": 6},
        "generator": {"use": "gaussian"},
        "strategy": {"use": "quota-until", "add": 12},
        "selectors": [{"use": "random", "share": 0.3}],
        "hooks": [],
    }
    return Pipeline(**settings | more)


def test_each_class_gets_what_it_wants_although_selectors_drop_most(tmp_path: Path) -> None:
    run = pipeline().run(tmp_path)
    assert set(run.selected.counts.values()) == {12}
    made = np.bincount(run.pool.labels)
    assert (made > 36).all()
    assert (made <= 120).all()
    assert len(np.unique(run.pool.samples.ids)) == len(run.pool)
    assert len(run.sampler.sample(run.real.spec.class_names[0], 3)) == 3


def test_an_interrupted_run_resumes_to_the_same_pool(tmp_path: Path) -> None:
    whole = pipeline().run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        pipeline(hooks=[Stopping()]).run(tmp_path / "stopped")
    resumed = pipeline().run(tmp_path / "stopped")
    for name in ("pool", "selected"):
        one, other = getattr(whole, name), getattr(resumed, name)
        assert one.samples.ids.tolist() == other.samples.ids.tolist()
        assert list(one.lineage["seed"]) == list(other.lineage["seed"])
    assert len(set(whole.pool.lineage["seed"])) > 2 * len(whole.real.counts)  # three rounds or more


def test_a_class_that_the_budget_leaves_short_is_named(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"strategy": {"use": "quota-until", "add": 12, "budget": 2}}
    run = pipeline(**settings).run(tmp_path)
    assert len(run.pool) == 24 * len(run.real.counts)
    assert any("'minus' 7 of 12" in warning for warning in run._candidates[1].warnings)


def test_other_selectors_make_another_pool(tmp_path: Path) -> None:
    one = pipeline().job().fingerprints["generate"]
    other = {"selectors": [{"use": "random", "share": 0.5}]}
    assert pipeline(**other).job().fingerprints["generate"] != one
    plain: dict[str, Any] = {"strategy": {"use": "class-balance", "add": 12}}
    assert (
        pipeline(**plain).job().fingerprints["generate"]
        == pipeline(**plain | other).job().fingerprints["generate"]
    )


def test_the_first_round_asks_for_what_each_class_lacks() -> None:
    found = QuotaUntilStrategy(per_class=8, oversample=2).requests(
        VIEW, FormulaSampler(SPEC, ABLE), np.random.default_rng(0), Material().context()
    )
    asked: list[Request] = list(found)
    assert [(request.label, request.count) for request in asked] == [(0, 10), (1, 6)]
