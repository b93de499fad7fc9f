"""More of what the task gets wrong."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from genaug.contracts import StrategyPlace
from genaug.data import Confusion, Request, Samples, SampleSpec, TrainView
from genaug.testing import Material
from genaug.testing.formula_sampler import FormulaSampler
from genaug_plugins.strategies.hard_classes import HardClassesStrategy

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("easy", "hard", "none"))
LABELS = np.repeat([0, 1], [9, 9]).astype(np.int64)
VALUES = np.random.default_rng(0).random((18, 2)).astype(np.float32)
VIEW = TrainView(SPEC, Samples(VALUES, LABELS))


def confusion(right: Any) -> Confusion:
    """Return a confusion with the given probabilities of the true class."""
    p = np.zeros((18, 3))
    p[np.arange(18), LABELS] = right
    p[np.arange(18), 1 - LABELS] = 1 - np.asarray(right)
    return Confusion(SPEC.class_names, VIEW.samples.ids, LABELS, p, LABELS * 0)


def requests(right: Any, **settings: Any) -> list[Request]:
    strategy = HardClassesStrategy.model_validate(settings)
    sampler = FormulaSampler(SPEC, frozenset({"class-conditional", "image-to-image"}))
    context = replace(Material().context(), confused=lambda: confusion(right))
    return list(strategy.requests(VIEW, sampler, np.random.default_rng(0), context))


def counts(found: list[Request]) -> list[int]:
    return [sum(r.count for r in found if r.label == label) for label in range(3)]


def test_classes_get_samples_in_proportion_to_their_errors() -> None:
    wrong_4_of_9 = np.r_[np.full(9, 0.9), np.full(4, 0.1), np.full(5, 0.9)]  # (4 + 1/2) / 10 against 1/20
    assert counts(requests(wrong_4_of_9, total=100)) == [10, 90, 0]
    assert counts(requests(wrong_4_of_9, total=100, focus=0)) == [50, 50, 0]
    assert counts(requests(wrong_4_of_9, total=82, focus=2)) == [1, 81, 0]
    assert counts(requests(wrong_4_of_9, total=100, least=20)) == [20, 90, 0]
    assert counts(requests(np.full(18, 0.9), total=7)) == [4, 3, 0]


def test_hard_samples_are_started_from_in_proportion_to_their_loss() -> None:
    right = np.full(18, 0.9)
    right[:9] = np.exp(-np.array([8, 4, 4, 2, 1, 1, 0, 0, 0]))  # log-losses that sum to 20
    (first, *_) = requests(right, total=40, focus=0, around=0.4)
    assert first.count == 20
    assert first.paired
    assert first.options == {"strength": 0.4}
    used = [first.sources.count(str(one)) for one in VIEW.samples.ids[:9]]
    assert used == [8, 4, 4, 2, 1, 1, 0, 0, 0]


def test_around_needs_a_generator_that_starts_from_samples() -> None:
    strategy = HardClassesStrategy(total=3, around=0.5)
    with pytest.raises(ValueError, match="needs image-to-image for `around`, and the generator 'gan' offers"):
        strategy.check_place(StrategyPlace("gan", frozenset({"class-conditional", "latent"})))
    HardClassesStrategy(total=3).check_place(StrategyPlace("gan", frozenset({"class-conditional"})))
