"""What a regularizer must do over the steps of a training."""

import json
import math

import torch

from genaug.contracts import Regularizer
from genaug.testing.checks.regularizer.passes import (
    STEPS,
    attach,
    attach_and_train,
    course_of,
    logits_of,
    make_generator_pass,
    make_networks,
    make_pass,
    real_batch,
)
from genaug.testing.dependencies import depends_on
from genaug.testing.material import Material
from genaug.testing.waiting import no_waiting
from genaug.testing.watch import digest, no_global_randomness, other_global_randomness


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def never_waits_for_the_device(regularizer: Regularizer, material: Material) -> None:
    """Read no tensor in `augment`, a penalty or `observe`: the CPU would wait for the GPU."""
    active, networks = attach_and_train(regularizer, material)
    real = real_batch(material)
    for _ in range(STEPS):  # more steps than a controller takes to change
        d, g = make_pass(active, material, networks), make_generator_pass(active, material, networks)
        logits = logits_of(d)
        with no_waiting("`augment`"):
            active.augment(real)
        with no_waiting("the penalty"):
            active.penalty(d)
        with no_waiting("the penalty on the generator"):
            active.generator_penalty(g)
        with no_waiting("`observe`"):
            active.observe(logits)


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def leaves_its_inputs_alone(regularizer: Regularizer, material: Material) -> None:
    """Change neither the batch nor the networks."""
    active, batch = attach(regularizer, material), real_batch(material)
    networks = make_networks(active, material)
    parameters = [parameter for network in networks for parameter in network.parameters()]
    before = digest([batch, *parameters])
    active.augment(batch)
    d = make_pass(active, material, networks)
    active.penalty(d)
    active.generator_penalty(make_generator_pass(active, material, networks))
    active.observe(logits_of(d))
    assert digest([batch, *parameters]) == before, "the batch or a network was changed"
    assert all(parameter.grad is None for parameter in parameters), (
        "gradients were added to a network's parameters: use torch.autograd.grad"
    )


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def draws_from_the_training_alone(regularizer: Regularizer, material: Material) -> None:
    """Use only the random generator `Training.random`."""
    with no_global_randomness("the regularizer"):
        first = course_of(attach(regularizer, material), material)
    with other_global_randomness():
        again = course_of(attach(regularizer, material), material)
    assert again == first, "the same training seed gives other augmentations, penalties or logs"


def keeps_its_state_as_json(regularizer: Regularizer, material: Material) -> None:
    """Return its state as JSON, before and after steps."""
    active = attach(regularizer, material)
    for _ in range(2):
        state = active.state()
        try:
            text = json.dumps(state, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"the state is not plain JSON: {error}") from error
        assert json.loads(text) == state, "the state changes when it is written and read as JSON"
        networks = make_networks(active, material)
        for _ in range(STEPS):
            active.observe(logits_of(make_pass(active, material, networks)))


@depends_on("keeps_its_state_as_json", "draws_from_the_training_alone")
def resumes_from_its_state(regularizer: Regularizer, material: Material) -> None:
    """Act after `restore` exactly as without an interruption."""
    random = torch.Generator().manual_seed(0)
    active = attach(regularizer, material, random)
    course_of(active, material)
    state, place = json.loads(json.dumps(active.state())), random.get_state()
    expected = course_of(active, material)
    fresh_random = torch.Generator().manual_seed(99)
    fresh = attach(regularizer, material, fresh_random)
    fresh.restore(state)
    fresh_random.set_state(place)
    assert fresh.state() == state, "restore(state) leads to another state"
    assert course_of(fresh, material) == expected, (
        "a restored regularizer acts differently: its state is not complete"
    )


def logs_numbers(regularizer: Regularizer, material: Material) -> None:
    """Log finite numbers by name."""
    active, _ = attach_and_train(regularizer, material)
    for name, value in active.logs().items():
        assert isinstance(name, str), f"a log is called {name!r}, which is not text"
        assert isinstance(value, int | float), f"{name} is a {type(value).__name__}, not a number"
        assert math.isfinite(value), f"{name} is {value}"
