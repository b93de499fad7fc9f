"""Class balance: how many of each class, in which portions."""

import numpy as np
import pytest
from pydantic import ValidationError

from genaug.contracts import StrategyPlace
from genaug.data import Request, Samples, SampleSpec, TrainView
from genaug.errors import RenamedWarning
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaSampler
from genaug_plugins.strategies.class_balance import ClassBalanceStrategy

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("few", "many", "none"))
LABELS = np.repeat([0, 1], [3, 12]).astype(np.int64)
VIEW = TrainView(SPEC, Samples(np.zeros((15, 2), dtype=np.float32), LABELS))


def requests(**settings: object) -> list[Request]:
    strategy = ClassBalanceStrategy.model_validate(settings)
    sampler = FormulaSampler(SPEC, strategy.needs)
    return list(strategy.requests(VIEW, sampler, np.random.default_rng(0), Material().context()))


@pytest.mark.parametrize(
    ("settings", "totals"),
    [
        ({"per_class": 10}, [7, 0, 10]),
        ({"per_class": 12, "oversample": 1.5}, [14, 0, 18]),
        ({"add": 5}, [5, 5, 5]),
        ({"add": 3, "oversample": 1.1}, [4, 4, 4]),
        ({"per_class": 1}, [0, 0, 1]),
    ],
)
def test_asks_for_what_each_class_lacks(settings: dict[str, object], totals: list[int]) -> None:
    found = requests(**settings)
    assert [sum(r.count for r in found if r.label == label) for label in range(3)] == totals


def test_asks_for_all_of_a_class_at_once() -> None:
    assert [(r.label, r.count) for r in requests(per_class=1000)] == [(0, 997), (1, 988), (2, 1000)]


def test_takes_the_old_setting_of_portions_with_a_message() -> None:
    with pytest.warns(RenamedWarning, match="'chunk' has no effect: large requests are cut into chunks"):
        assert ClassBalanceStrategy.model_validate({"add": 1, "chunk": 4}) == ClassBalanceStrategy(add=1)


@pytest.mark.parametrize("settings", [{}, {"per_class": 5, "add": 5}])
def test_wants_exactly_one_aim(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="exactly one of `per_class`"):
        ClassBalanceStrategy.model_validate(settings)


def test_needs_a_generator_that_makes_classes() -> None:
    strategy = ClassBalanceStrategy(add=1)
    strategy.check_place(StrategyPlace("gan", frozenset({"class-conditional", "latent"})))
    with pytest.raises(ValueError, match="needs class-conditional, and the generator 'other' offers latent"):
        strategy.check_place(StrategyPlace("other", frozenset({"latent"})))
