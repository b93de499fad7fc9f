"""What a regularizer must do."""

import json
import math
from typing import Any

import torch
from torch import Tensor, nn

from genaug.adversarial.discriminator_pass import (
    Batch,
    Discriminate,
    DiscriminatorPass,
    GeneratorPass,
    Logits,
    Rows,
)
from genaug.contracts import ActiveRegularizer, Regularizer, Training
from genaug.testing.companions import TinyDiscriminator, TinyGenerator
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.waiting import no_waiting
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness

COUNT, STEPS = 6, 12
WHOLE, PARTS = Rows(0, COUNT, COUNT), (Rows(0, 2, COUNT), Rows(2, COUNT, COUNT))


@foundation
def is_asked_at_whole_steps(regularizer: Regularizer, material: Material) -> None:
    """State in whole numbers how often its penalty is due and how many columns it appends."""
    with no_error("when it is attached to a training"):
        active = _attached(regularizer, material)
    for name, least in (("every", 1), ("condition_dim", 0)):
        value = getattr(active, name)
        assert isinstance(value, int), f"`{name}` is {value!r}, not a whole number"
        assert value >= least, f"`{name}` is {value}, and must be at least {least}"


@foundation
def augmenting_keeps_the_form(regularizer: Regularizer, material: Material) -> None:
    """Keep a batch's shape, type and labels, with finite values."""
    for batch in (_real(material), _fake(material)):
        view = _attached(regularizer, material).augment(batch)
        assert view.values.shape == batch.values.shape, (
            f"{tuple(batch.values.shape)} became {tuple(view.values.shape)}"
        )
        assert view.values.dtype == batch.values.dtype, f"{batch.values.dtype} became {view.values.dtype}"
        assert torch.isfinite(view.values).all(), "`augment` makes NaN or infinite values"
        assert torch.equal(view.labels, batch.labels), "`augment` changes the labels"


def augmenting_appends_its_condition(regularizer: Regularizer, material: Material) -> None:
    """Append exactly `condition_dim` columns to the condition, behind those that were there."""
    for width in (0, 2):
        active, batch = _attached(regularizer, material), _real(material, width)
        condition = active.augment(batch).condition
        assert condition.shape == (COUNT, width + active.condition_dim), (
            f"condition_dim is {active.condition_dim}, but {width} columns became {condition.shape[1]}"
        )
        assert torch.equal(condition[:, :width], batch.condition), (
            "`augment` changes the columns of another regularizer"
        )
        assert torch.isfinite(condition).all(), "the condition holds NaN or infinite values"


def augmenting_lets_gradients_through(regularizer: Regularizer, material: Material) -> None:
    """Let the generator learn through a view."""
    batch = _fake(material)
    batch.values.requires_grad_()
    view = _attached(regularizer, material).augment(batch)
    assert view.values.requires_grad, "no gradient flows through the view: the generator could not learn"
    (gradient,) = torch.autograd.grad(view.values.sum(), batch.values)
    assert torch.isfinite(gradient).all(), "the gradient through the view is not finite"
    assert gradient.any(), "the gradient through the view is zero everywhere"


def cleans_without_chance(regularizer: Regularizer, material: Material) -> None:
    """Show a batch at its cleanest alike each time, whatever was seen before, in the form of a view."""
    random = torch.Generator().manual_seed(0)
    trained, _ = _trained(regularizer, material, random)
    for width in (0, 2):
        batch, before = _real(material, width), random.get_state()
        clean = trained.clean(batch)
        assert torch.equal(random.get_state(), before), "`clean` draws at random"
        assert clean.values.shape == batch.values.shape, (
            f"`clean`: {tuple(batch.values.shape)} became {tuple(clean.values.shape)}"
        )
        assert torch.isfinite(clean.values).all(), "`clean` makes NaN or infinite values"
        assert clean.condition.shape == (COUNT, width + trained.condition_dim), (
            f"condition_dim is {trained.condition_dim}, but `clean` makes {clean.condition.shape[1]} columns "
            f"of {width}"
        )
        assert torch.equal(clean.condition[:, :width], batch.condition), (
            "`clean` changes the columns of another regularizer"
        )
        assert digest(_attached(regularizer, material).clean(batch)) == digest(clean), (
            "`clean` depends on what was seen before"
        )


def shows_what_it_says(regularizer: Regularizer, material: Material) -> None:
    """State by `shows` what `augment` does: nothing, alter samples, or alter them and give a condition."""
    assert regularizer.shows in ("none", "augmented", "conditioned"), f"`shows` is {regularizer.shows!r}"
    active, _ = _trained(regularizer, material)
    if regularizer.shows == "conditioned":
        assert active.condition_dim >= 1, (
            "`shows` is conditioned, but no column of the condition tells anything"
        )
    else:
        assert active.condition_dim == 0, (
            f"`shows` is {regularizer.shows}, but the condition has {active.condition_dim} columns of its own"
        )
    if regularizer.shows == "none":
        for batch in (_real(material), _fake(material)):
            assert torch.equal(active.augment(batch).values, batch.values), (
                "`shows` is none, but the view changes the values"
            )


def augmenting_treats_each_sample_separately(regularizer: Regularizer, material: Material) -> None:
    """Show a sample the same way when others of its batch are in another process, zeros in their place."""
    random = torch.Generator().manual_seed(0)
    active, _ = _trained(regularizer, material, random)
    for batch in (_real(material), _fake(material)):
        before = random.get_state()
        whole = active.augment(batch)
        for rows in PARTS:
            own = torch.zeros_like(batch.values)
            own[rows.start : rows.stop] = rows.of(batch.values)
            random.set_state(before)
            part = active.augment(Batch(own, batch.labels, batch.condition))
            for name in ("values", "condition"):
                assert _alike(rows.of(getattr(part, name)), rows.of(getattr(whole, name))), (
                    f"the {name} that a view shows of a sample depend on the others of its batch"
                )


def penalizes_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return None or a finite scalar, from which gradients reach the discriminator where it is not zero."""
    active, networks = _trained(regularizer, material)
    _check_penalty(active.penalty(_pass(active, material, networks)), networks[1])


def penalizes_the_generator_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return for the generator None or a finite scalar, whose gradients reach it where it is not zero."""
    active, networks = _trained(regularizer, material)
    _check_penalty(active.generator_penalty(_generator_pass(active, material, networks)), networks[0])


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def penalizes_a_split_batch_alike(regularizer: Regularizer, material: Material) -> None:
    """Penalize a batch in parts, on average, as it does the whole one, and draw the same for each.

    All samples are the same one here, or a penalty that is a statistic of the batch, like its
    variance, could not keep this.
    """
    random = torch.Generator().manual_seed(0)
    active, networks = _trained(regularizer, material, random)

    def penalties(rows: Rows) -> dict[str, Tensor | None]:
        random.set_state(before)
        d = _pass(active, material, networks, rows, alike=True)
        penalty = active.penalty(d)
        g = _generator_pass(active, material, networks, rows, alike=True)
        return {"penalty": penalty, "generator_penalty": active.generator_penalty(g)}

    before = random.get_state()
    whole, drawn = penalties(WHOLE), random.get_state()
    mean = {name: torch.zeros(()) for name in whole}
    for rows in PARTS:
        for name, penalty in penalties(rows).items():
            assert (penalty is None) == (whole[name] is None), f"{name} is None for a part, or for the whole"
            if penalty is not None:
                mean[name] += penalty.detach() * len(rows) / rows.total
        assert torch.equal(random.get_state(), drawn), (
            "a part of a batch draws otherwise than the whole: draw for `rows.total` and take `rows.of(…)`"
        )
    for name, penalty in whole.items():
        assert penalty is None or _alike(mean[name], penalty.detach()), (
            f"{name} is {penalty.item()} for a whole batch, and {mean[name].item()} on average over its parts"
        )


@depends_on("penalizes_with_a_finite_scalar")
def declares_its_input_gradient(regularizer: Regularizer, material: Material) -> None:
    """State by `input_gradient` that the penalty differentiates the discriminator in its input."""
    active, (generator, discriminator) = _trained(regularizer, material)
    differentiated = list[tuple[int, ...]]()

    def heard(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        values = values.view_as(values)  # what its hook is called with is a gradient to the input alone
        if values.requires_grad:
            values.register_hook(lambda gradient: differentiated.append(gradient.shape))  # type: ignore[no-untyped-call]
        logits: Tensor = discriminator(values, labels, condition)
        return logits

    active.penalty(_pass(active, material, (generator, heard)))
    assert active.input_gradient or not differentiated, (
        "the penalty differentiates the discriminator in its input, but `input_gradient` is False"
    )


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def never_waits_for_the_device(regularizer: Regularizer, material: Material) -> None:
    """Read no tensor in a view, a penalty or `observe`: a GPU would wait meanwhile."""
    active, networks = _trained(regularizer, material)
    real = _real(material)
    for _ in range(STEPS):  # longer than a controller waits before it moves
        d, g = _pass(active, material, networks), _generator_pass(active, material, networks)
        logits = _logits(d)
        with no_waiting("the view"):
            active.augment(real)
        with no_waiting("the penalty"):
            active.penalty(d)
        with no_waiting("the penalty on the generator"):
            active.generator_penalty(g)
        with no_waiting("`observe`"):
            active.observe(logits)


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def leaves_its_inputs_alone(regularizer: Regularizer, material: Material) -> None:
    """Change neither the batch it is shown nor the networks."""
    active, batch = _attached(regularizer, material), _real(material)
    networks = _networks(active, material)
    parameters = [parameter for network in networks for parameter in network.parameters()]
    before = digest([batch, *parameters])
    active.augment(batch)
    d = _pass(active, material, networks)
    active.penalty(d)
    active.generator_penalty(_generator_pass(active, material, networks))
    active.observe(_logits(d))
    assert digest([batch, *parameters]) == before, "the batch or a network was changed"
    assert all(parameter.grad is None for parameter in parameters), (
        "gradients were left at a network's parameters: use torch.autograd.grad"
    )


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def draws_from_the_training_alone(regularizer: Regularizer, material: Material) -> None:
    """Draw from `Training.random`, never from a global generator."""
    with no_global_randomness("acting"):
        first = _course(_attached(regularizer, material), material)
    with other_global_randomness():
        again = _course(_attached(regularizer, material), material)
    assert again == first, "the same training seed gives other views, penalties or logs"


def keeps_its_state_as_json(regularizer: Regularizer, material: Material) -> None:
    """Return its state as JSON, before and after steps."""
    active = _attached(regularizer, material)
    for _ in range(2):
        state = active.state()
        try:
            text = json.dumps(state, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise AssertionError(f"the state is not plain JSON: {error}") from error
        assert json.loads(text) == state, "the state comes back from JSON as another one"
        networks = _networks(active, material)
        for _ in range(STEPS):
            active.observe(_logits(_pass(active, material, networks)))


@depends_on("keeps_its_state_as_json", "draws_from_the_training_alone")
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
        assert isinstance(name, str), f"a log is called {name!r}, which is not text"
        assert isinstance(value, int | float), f"{name} is a {type(value).__name__}, not a number"
        assert math.isfinite(value), f"{name} is {value}"


Networks = tuple[TinyGenerator, TinyDiscriminator]


def _attached(
    regularizer: Regularizer, material: Material, random: torch.Generator | None = None
) -> ActiveRegularizer:
    random = random or torch.Generator().manual_seed(0)
    return regularizer.attach(Training(material.spec, steps=50, batch_size=COUNT, random=random))


def _trained(
    regularizer: Regularizer, material: Material, random: torch.Generator | None = None
) -> tuple[ActiveRegularizer, Networks]:
    """Return it after some steps, with the networks it looked at."""
    active = _attached(regularizer, material, random)
    networks = _networks(active, material)
    for _ in range(STEPS):
        active.observe(_logits(_pass(active, material, networks)))
    return active, networks


def _course(active: ActiveRegularizer, material: Material) -> str:
    """Return a digest of everything it does over some steps."""
    networks, seen = _networks(active, material), list[Any]()
    for _ in range(STEPS):
        d = _pass(active, material, networks)
        g = _generator_pass(active, material, networks)
        penalties = [active.penalty(d), active.generator_penalty(g)]
        active.observe(_logits(d))
        seen.append([d.real, d.fake, penalties, active.logs(), active.state()])
    return digest(seen)


def _networks(active: ActiveRegularizer, material: Material) -> Networks:
    random = torch.Generator().manual_seed(1)
    return (
        TinyGenerator(material.spec, random),
        TinyDiscriminator(material.spec, active.condition_dim, random),
    )


def _pass(
    active: ActiveRegularizer,
    material: Material,
    networks: tuple[TinyGenerator, Discriminate],
    rows: Rows = WHOLE,
    alike: bool = False,
) -> DiscriminatorPass:
    generator, discriminate = networks
    real, fake = (
        _part(active.augment(batch), rows) for batch in (_real(material, alike=alike), _fake(material, alike))
    )
    latents = rows.of(_latents(alike))
    return DiscriminatorPass(discriminate, real, fake, latents=latents, generate=generator, rows=rows)


def _generator_pass(
    active: ActiveRegularizer,
    material: Material,
    networks: Networks,
    rows: Rows = WHOLE,
    alike: bool = False,
) -> GeneratorPass:
    generator, discriminator = networks
    latents, labels = _latents(alike), _real(material, alike=alike).labels
    values = generator(latents, labels)
    seen = _part(active.augment(Batch(values, labels, torch.zeros(COUNT, 0))), rows)
    logits = discriminator(seen.values, seen.labels, seen.condition)
    return GeneratorPass(rows.of(latents), rows.of(labels), rows.of(values), logits, generator, rows)


def _logits(d: DiscriminatorPass) -> Logits:
    return Logits(d.real_logits.detach(), d.fake_logits.detach())


def _real(material: Material, width: int = 0, alike: bool = False) -> Batch:
    samples = material.train().samples
    rows = torch.arange(COUNT) * (not alike)
    condition = torch.linspace(0, 1, COUNT * width).reshape(COUNT, width)
    return Batch(torch.from_numpy(samples.values)[rows], torch.from_numpy(samples.labels)[rows], condition)


def _fake(material: Material, alike: bool = False) -> Batch:
    labels = _real(material, alike=alike).labels
    generator = TinyGenerator(material.spec, torch.Generator().manual_seed(2))
    return Batch(generator(_latents(alike), labels).detach(), labels, torch.zeros(COUNT, 0))


def _latents(alike: bool = False) -> Tensor:
    latents = torch.randn(COUNT, TinyGenerator.latent_dim, generator=torch.Generator().manual_seed(3))
    return latents[:1].repeat(COUNT, 1) if alike else latents


def _part(batch: Batch, rows: Rows) -> Batch:
    return Batch(rows.of(batch.values), rows.of(batch.labels), rows.of(batch.condition))


def _alike(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)


def _check_penalty(penalty: Tensor | None, network: nn.Module) -> None:
    """Check that a penalty is None, or a finite scalar that reaches the network's parameters."""
    if penalty is None:
        return
    assert penalty.shape == (), f"the penalty has shape {tuple(penalty.shape)}"
    assert torch.isfinite(penalty), f"the penalty is {penalty.item()}"
    if penalty.item() != 0:
        assert penalty.requires_grad, "no gradient flows from the penalty"
        found = torch.autograd.grad(penalty, list(network.parameters()), allow_unused=True)
        assert any(part is not None and part.any() for part in found), "the penalty reaches no parameter"
