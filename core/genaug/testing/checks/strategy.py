"""What a strategy must do."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from genaug.components.calling import call_with_known
from genaug.contracts import Sampler, Strategy, StrategyPlace
from genaug.contracts.capabilities import CAPABILITIES, unknown_capabilities
from genaug.data import Confusion, Request, TrainView
from genaug.errors import DataError
from genaug.stages.requests import RequestCheck, RequestRefused
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import ABILITIES, Material
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness

MOST = 10_000


@foundation
def states_what_it_needs(strategy: Strategy, material: Material) -> None:
    """Need existing capabilities, and refuse a generator without them when the config is read."""
    wrong = unknown_capabilities(strategy.needs)
    assert not wrong, f"needs: {wrong}"
    with no_error("where the generator offers everything"):
        strategy.check_place(StrategyPlace("kit", frozenset(CAPABILITIES)))
    for capability in strategy.needs:
        try:
            strategy.check_place(StrategyPlace("kit", frozenset(CAPABILITIES) - {capability}))
        except ValueError:
            continue
        raise AssertionError(f"it needs {capability!r}, and `check_place` takes a generator without it")


@foundation
def ends(strategy: Strategy, material: Material) -> None:
    """Request at least one sample, and at most 10,000 times from 18 training samples."""
    with no_error("for a sampler with all capabilities"):
        requests = _requests(strategy, material)
    assert requests, "it makes no request"
    assert len(requests) < MOST, f"it makes more than {MOST:,} requests"


@foundation
def requests_existing_classes(strategy: Strategy, material: Material) -> None:
    """Request at least one sample at a time, of a class of the training view."""
    for request in _requests(strategy, material):
        assert 0 <= request.label < material.spec.classes, f"there is no class {request.label}"
        assert request.count >= 1, f"a request is for {request.count} samples"
        assert isinstance(request.count, int), f"a request is for {request.count!r} samples"


def gives_inputs_that_fit(strategy: Strategy, material: Material) -> None:
    """Give valid latents, prompts, sources, masks and options to a sampler that takes all of them."""
    _check_inputs(_requests(strategy, material), material.sampler(ABILITIES | strategy.needs), material)


def requests_only_what_the_sampler_can(strategy: Strategy, material: Material) -> None:
    """Use only capabilities that the sampler has, or raise DataError."""
    modest = material.sampler(frozenset({"class-conditional"}) | strategy.needs)
    try:
        requests = _requests(strategy, material, modest)
    except DataError:
        return
    _check_inputs(requests, modest, material)


def declares_that_it_reads_the_confusion(strategy: Strategy, material: Material) -> None:
    """Declare with `reads_confusion` that it reads the confusion, and refuse a task without classes."""
    if strategy.reads_confusion:
        try:
            strategy.check_place(StrategyPlace("kit", frozenset(CAPABILITIES), None, "kit", "targets"))
        except ValueError:
            return
        raise AssertionError("it reads the task's confusion, and `check_place` takes a task that has none")
    asked: list[Confusion] = []

    def confused() -> Confusion:
        asked.append(material.confusion())
        return asked[-1]

    _requests(strategy, material, confused=confused)
    assert not asked, "it reads the task's confusion, and its class lacks `reads_confusion = True`"


def copes_with_every_confusion(strategy: Strategy, material: Material) -> None:
    """Where it reads the confusion: end, also where the task makes no errors, or nothing but errors."""
    if not strategy.reads_confusion:
        return
    for rate, what in ((0.0, "is perfect"), (1.0, "gets every sample wrong")):
        with no_error(f"where the task {what}"):
            requests = _requests(strategy, material, confused=partial(material.confusion, (rate,) * 3))
        assert len(requests) < MOST, f"where the task {what}, it still asks after {MOST:,} requests"


@depends_on("leaves_global_randomness_alone")
def requests_the_same_twice(strategy: Strategy, material: Material) -> None:
    """Make the same requests with an rng in the same state."""
    first = _requests(strategy, material)
    with other_global_randomness():
        again = _requests(strategy, material)
    assert digest(again) == digest(first), "the same rng state gives other requests"


def leaves_the_training_view_alone(strategy: Strategy, material: Material) -> None:
    """Change nothing in the training view."""
    train = material.train()
    before = digest(train)
    _requests(strategy, material, train=train)
    assert digest(train) == before, "asking changed the training view"


def leaves_global_randomness_alone(strategy: Strategy, material: Material) -> None:
    """Neither use nor seed a global random generator."""
    with no_global_randomness("asking"):
        _requests(strategy, material)


def _requests(
    strategy: Strategy,
    material: Material,
    sampler: Sampler | None = None,
    train: TrainView | None = None,
    confused: Callable[[], Confusion] | None = None,
) -> list[Request]:
    found = call_with_known(
        strategy.requests,
        train or material.train(),
        sampler or material.sampler(ABILITIES | strategy.needs),
        np.random.default_rng(0),
        replace(material.context(), confused=confused or material.confusion),
    )
    return list(itertools.islice(found, MOST))


def _check_inputs(requests: list[Request], sampler: Sampler, material: Material) -> None:
    check = RequestCheck(sampler, material.train())
    for number, request in enumerate(requests):
        if request.count >= 1 and 0 <= request.label < material.spec.classes:
            try:
                check(request)
            except RequestRefused as error:
                raise AssertionError(f"request {number} is refused: {error}") from error
