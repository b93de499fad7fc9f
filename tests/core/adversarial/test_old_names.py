"""A regularizer and a hook of the previous release work, with warnings that give the new names."""

from typing import Any, ClassVar

import pytest
import torch

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training, hookimpl
from genaug.adversarial import Batch, Chain
from genaug.data import SampleSpec
from genaug.errors import RenamedWarning
from genaug.hooks import Hook, open_hooks
from genaug.training.snapshot import TrainingSnapshot

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("a",))


def test_a_view_is_an_augmentation() -> None:
    with pytest.warns(RenamedWarning, match=r"Halving\.view is now called augment"):

        class Halving(ActiveRegularizer):
            def view(self, batch: Batch) -> Batch:
                return Batch(batch.values / 2, batch.labels, batch.condition)

    class HalvingRegularizer(Regularizer):
        name: ClassVar[str] = "halving"
        shows = "augmented"

        def attach(self, training: Training) -> ActiveRegularizer:
            return Halving()

    chain = Chain([HalvingRegularizer()], SPEC, 1, 3, torch.Generator())
    assert chain.augment(torch.ones(3, 2), torch.zeros(3, dtype=torch.int64)).values.eq(0.5).all()


def test_what_it_shows_and_what_it_refuses() -> None:
    with pytest.warns(RenamedWarning) as warned:

        class Old(Regularizer):
            name: ClassVar[str] = "old"
            shows: ClassVar[Any] = "told"

            def attach(self, training: Training) -> ActiveRegularizer:
                return ActiveRegularizer()

            def check_plan(self, plan: Any) -> None:
                raise ValueError(f"not with {plan.loss}")

    messages = [str(warning.message) for warning in warned]
    assert any("check_plan is now called check_context" in message for message in messages)
    assert any("shows = 'told'" in message and "'conditioned'" in message for message in messages)
    assert Old.shows == "conditioned"
    with pytest.raises(ValueError, match="not with hinge"):
        Old().check_context(RegularizerContext("hinge", True, (), ()))


def test_where_its_nouns_are() -> None:
    import genaug
    import genaug.data.discriminator_pass as old

    with pytest.warns(RenamedWarning, match=r"now called genaug\.adversarial\.discriminator_pass\.Batch"):
        assert old.Batch is Batch
    with pytest.warns(RenamedWarning, match=r"Plan is now called genaug\.contracts\.RegularizerContext"):
        assert genaug.Plan is RegularizerContext
    with pytest.raises(AttributeError, match="no attribute 'Bench'"):
        old.Bench  # noqa: B018


class Watching(Hook):
    name: ClassVar[str] = "watching"
    seen: list[int] = []

    def subscribe(self) -> object:
        return _Watching(self.seen)


class _Watching:
    def __init__(self, seen: list[int]) -> None:
        self._seen = seen

    @hookimpl
    def inspected(self, moment: TrainingSnapshot) -> None:
        self._seen.append(moment.step)


def test_a_hook_gets_a_moment() -> None:
    hook = Watching()
    with pytest.warns(RenamedWarning, match=r"argument 'moment' of inspected .* 'snapshot'"):
        hooks = open_hooks([hook])
    hooks.inspected(snapshot=TrainingSnapshot(7, 9, SPEC, lambda label, count, seed: torch.zeros(1).numpy()))
    assert hook.seen == [7]
