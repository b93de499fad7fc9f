"""What a regularizer promises."""

import json
import math
from typing import Any

import torch
from torch import Tensor

from genaug.contracts import ActiveRegularizer, Regularizer, Training
from genaug.data.discriminator_pass import Batch, DiscriminatorPass
from genaug.testing.companions import TinyDiscriminator
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_global_randomness, other_global_randomness

COUNT, STEPS = 6, 12


def views_keep_their_form(regularizer: Regularizer, material: Material) -> None:
    """Keep a batch's shape, type and labels, with finite values."""
    for batch in (_real(material), _fake(material)):
        view = _attached(regularizer, material).view(batch)
        assert view.values.shape == batch.values.shape, (
            f"{tuple(batch.values.shape)} became {tuple(view.values.shape)}"
        )
        assert view.values.dtype == batch.values.dtype
        assert torch.isfinite(view.values).all(), "a view holds NaN or infinite values"
        assert torch.equal(view.labels, batch.labels), "a view changed the labels"


def views_append_their_condition(regularizer: Regularizer, material: Material) -> None:
    """Append exactly `condition_dim` columns to the condition, behind those that were there."""
    for width in (0, 2):
        active, batch = _attached(regularizer, material), _real(material, width)
        condition = active.view(batch).condition
        assert condition.shape == (COUNT, width + active.condition_dim), (
            f"condition_dim is {active.condition_dim}, but {width} columns became {condition.shape[1]}"
        )
        assert torch.equal(condition[:, :width], batch.condition), (
            "a view changed the columns of another regularizer"
        )
        assert torch.isfinite(condition).all()


def views_let_gradients_through(regularizer: Regularizer, material: Material) -> None:
    """Let the generator learn through a view."""
    batch = _fake(material)
    batch.values.requires_grad_()
    view = _attached(regularizer, material).view(batch)
    assert view.values.requires_grad, "no gradient flows through the view: the generator could not learn"
    (gradient,) = torch.autograd.grad(view.values.sum(), batch.values)
    assert torch.isfinite(gradient).all(), "the gradient through the view is not finite"
    assert gradient.any(), "the gradient through the view is zero everywhere"


def penalizes_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return None or a finite scalar, from which gradients reach the discriminator where it is not zero."""
    active, discriminator = _trained(regularizer, material)
    penalty = active.penalty(_pass(active, discriminator, material))
    if penalty is None:
        return
    assert penalty.shape == (), f"the penalty has shape {tuple(penalty.shape)}"
    assert torch.isfinite(penalty), f"the penalty is {penalty.item()}"
    if penalty.item() != 0:
        assert penalty.requires_grad, "no gradient flows from the penalty"
        found = torch.autograd.grad(penalty, list(discriminator.parameters()), allow_unused=True)
        assert any(part is not None and part.any() for part in found), "the penalty reaches no parameter"


def is_asked_at_whole_steps(regularizer: Regularizer, material: Material) -> None:
    """Say in whole numbers how often its penalty is due and how many columns it appends."""
    active = _attached(regularizer, material)
    assert isinstance(active.every, int)
    assert active.every >= 1, "`every` is at least 1"
    assert isinstance(active.condition_dim, int)
    assert active.condition_dim >= 0


def leaves_its_inputs_alone(regularizer: Regularizer, material: Material) -> None:
    """Change neither the batch it is shown nor the discriminator."""
    active, batch = _attached(regularizer, material), _real(material)
    discriminator = _discriminator(active, material)
    before = digest([batch, *discriminator.parameters()])
    active.view(batch)
    d = _pass(active, discriminator, material)
    active.penalty(d)
    active.observe(d)
    assert digest([batch, *discriminator.parameters()]) == before, (
        "the batch or the discriminator was changed"
    )
    assert all(parameter.grad is None for parameter in discriminator.parameters()), (
        "gradients were left at the discriminator's parameters: use torch.autograd.grad"
    )


def draws_from_the_training_alone(regularizer: Regularizer, material: Material) -> None:
    """Draw from `Training.random`, never from a global generator."""
    with no_global_randomness("acting"):
        first = _course(_attached(regularizer, material), material)
    with other_global_randomness():
        again = _course(_attached(regularizer, material), material)
    assert again == first, "the same training seed gives other views, penalties or logs"


def keeps_its_state_as_json(regularizer: Regularizer, material: Material) -> None:
    """Return its state as JSON, before and after steps."""
    active, discriminator = _attached(regularizer, material), None
    for _ in range(2):
        state = active.state()
        try:
            text = json.dumps(state, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"the state is no plain JSON: {error}") from error
        assert json.loads(text) == state, "the state comes back from JSON as another one"
        discriminator = discriminator or _discriminator(active, material)
        for _ in range(STEPS):
            active.observe(_pass(active, discriminator, material))


def goes_on_from_its_state(regularizer: Regularizer, material: Material) -> None:
    """Do after `restore` exactly what it would have done without a break."""
    random = torch.Generator().manual_seed(0)
    active = _attached(regularizer, material, random)
    _course(active, material)
    state, place = json.loads(json.dumps(active.state())), random.get_state()
    expected = _course(active, material)
    fresh_random = torch.Generator().manual_seed(99)
    fresh = _attached(regularizer, material, fresh_random)
    fresh.restore(state)
    fresh_random.set_state(place)
    assert fresh.state() == state, "restore(state) leads to another state"
    assert _course(fresh, material) == expected, (
        "a restored regularizer acts differently: its state is not complete"
    )


def logs_numbers(regularizer: Regularizer, material: Material) -> None:
    """Log finite numbers by name."""
    active, _ = _trained(regularizer, material)
    for name, value in active.logs().items():
        assert isinstance(name, str)
        assert isinstance(value, int | float), f"{name} is a {type(value).__name__}, not a number"
        assert math.isfinite(value), f"{name} is {value}"


def _attached(
    regularizer: Regularizer, material: Material, random: torch.Generator | None = None
) -> ActiveRegularizer:
    random = random or torch.Generator().manual_seed(0)
    return regularizer.attach(Training(material.spec, steps=50, batch_size=COUNT, random=random))


def _trained(regularizer: Regularizer, material: Material) -> tuple[ActiveRegularizer, TinyDiscriminator]:
    """Return it after some steps, with the discriminator it looked at."""
    active = _attached(regularizer, material)
    discriminator = _discriminator(active, material)
    for _ in range(STEPS):
        active.observe(_pass(active, discriminator, material))
    return active, discriminator


def _course(active: ActiveRegularizer, material: Material) -> str:
    """Return a digest of everything it does over some steps."""
    discriminator, seen = _discriminator(active, material), list[Any]()
    for _ in range(STEPS):
        d = _pass(active, discriminator, material)
        penalty = active.penalty(d)
        active.observe(d)
        seen.append([d.real, d.fake, penalty, active.logs(), active.state()])
    return digest(seen)


def _discriminator(active: ActiveRegularizer, material: Material) -> TinyDiscriminator:
    return TinyDiscriminator(material.spec, active.condition_dim, torch.Generator().manual_seed(1))


def _pass(
    active: ActiveRegularizer, discriminator: TinyDiscriminator, material: Material
) -> DiscriminatorPass:
    return DiscriminatorPass(discriminator, active.view(_real(material)), active.view(_fake(material)))


def _real(material: Material, width: int = 0) -> Batch:
    samples = material.train().samples
    return _batch(torch.from_numpy(samples.values[:COUNT]), torch.from_numpy(samples.labels[:COUNT]), width)


def _fake(material: Material, width: int = 0) -> Batch:
    samples = material.pool().samples
    rows = torch.arange(0, len(samples), len(samples) // COUNT)[:COUNT]
    return _batch(torch.from_numpy(samples.values)[rows], torch.from_numpy(samples.labels)[rows], width)


def _batch(values: Tensor, labels: Tensor, width: int) -> Batch:
    return Batch(values, labels, torch.linspace(0, 1, COUNT * width).reshape(COUNT, width))
