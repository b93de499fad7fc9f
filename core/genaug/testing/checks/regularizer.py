"""What a regularizer must do."""

import json
import math

import torch
from torch import Tensor

from genaug.adversarial.discriminator_pass import Batch, Rows
from genaug.contracts import Regularizer
from genaug.testing.dependencies import depends_on, foundation
from genaug.testing.material import Material
from genaug.testing.regularizing import (
    COUNT,
    PARTS,
    STEPS,
    WHOLE,
    attach,
    attach_and_train,
    check_penalty,
    course_of,
    fake_batch,
    logits_of,
    make_generator_pass,
    make_networks,
    make_pass,
    nearly_equal,
    real_batch,
)
from genaug.testing.waiting import no_waiting
from genaug.testing.watch import digest, no_error, no_global_randomness, other_global_randomness


@foundation
def is_asked_at_whole_steps(regularizer: Regularizer, material: Material) -> None:
    """State in whole numbers how often its penalty is due and how many columns it appends."""
    with no_error("when it is attached to a training"):
        active = attach(regularizer, material)
    for name, least in (("every", 1), ("condition_dim", 0)):
        value = getattr(active, name)
        assert isinstance(value, int), f"`{name}` is {value!r}, not a whole number"
        assert value >= least, f"`{name}` is {value}, and must be at least {least}"


@foundation
def augmenting_keeps_the_form(regularizer: Regularizer, material: Material) -> None:
    """Keep a batch's shape, type and labels, with finite values."""
    for batch in (real_batch(material), fake_batch(material)):
        seen = attach(regularizer, material).augment(batch)
        assert seen.values.shape == batch.values.shape, (
            f"{tuple(batch.values.shape)} became {tuple(seen.values.shape)}"
        )
        assert seen.values.dtype == batch.values.dtype, f"{batch.values.dtype} became {seen.values.dtype}"
        assert torch.isfinite(seen.values).all(), "`augment` makes NaN or infinite values"
        assert torch.equal(seen.labels, batch.labels), "`augment` changes the labels"


def augmenting_appends_its_condition(regularizer: Regularizer, material: Material) -> None:
    """Append exactly `condition_dim` columns to the condition, behind those that were there."""
    for width in (0, 2):
        active, batch = attach(regularizer, material), real_batch(material, width)
        condition = active.augment(batch).condition
        assert condition.shape == (COUNT, width + active.condition_dim), (
            f"condition_dim is {active.condition_dim}, but {width} columns became {condition.shape[1]}"
        )
        assert torch.equal(condition[:, :width], batch.condition), (
            "`augment` changes the columns of another regularizer"
        )
        assert torch.isfinite(condition).all(), "the condition holds NaN or infinite values"


def augmenting_lets_gradients_through(regularizer: Regularizer, material: Material) -> None:
    """Let the generator learn through `augment`."""
    batch = fake_batch(material)
    batch.values.requires_grad_()
    seen = attach(regularizer, material).augment(batch)
    assert seen.values.requires_grad, "no gradient flows through `augment`: the generator could not learn"
    (gradient,) = torch.autograd.grad(seen.values.sum(), batch.values)
    assert torch.isfinite(gradient).all(), "the gradient through `augment` is not finite"
    assert gradient.any(), "the gradient through `augment` is zero everywhere"


def cleans_without_chance(regularizer: Regularizer, material: Material) -> None:
    """Return the same clean batch each time, whatever was seen before, in the form that `augment` returns."""
    random = torch.Generator().manual_seed(0)
    trained, _ = attach_and_train(regularizer, material, random)
    for width in (0, 2):
        batch, before = real_batch(material, width), random.get_state()
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
        assert digest(attach(regularizer, material).clean(batch)) == digest(clean), (
            "`clean` depends on what was seen before"
        )


def shows_what_it_says(regularizer: Regularizer, material: Material) -> None:
    """State by `shows` what `augment` does: nothing, alter samples, or alter them and give a condition."""
    assert regularizer.shows in ("none", "augmented", "conditioned"), f"`shows` is {regularizer.shows!r}"
    active, _ = attach_and_train(regularizer, material)
    if regularizer.shows == "conditioned":
        assert active.condition_dim >= 1, (
            "`shows` is conditioned, but no column of the condition tells anything"
        )
    else:
        assert active.condition_dim == 0, (
            f"`shows` is {regularizer.shows}, but the condition has {active.condition_dim} columns of its own"
        )
    if regularizer.shows == "none":
        for batch in (real_batch(material), fake_batch(material)):
            assert torch.equal(active.augment(batch).values, batch.values), (
                "`shows` is none, but `augment` changes the values"
            )


def augmenting_treats_each_sample_separately(regularizer: Regularizer, material: Material) -> None:
    """Show a sample the same way when others of its batch are in another process, zeros in their place."""
    random = torch.Generator().manual_seed(0)
    active, _ = attach_and_train(regularizer, material, random)
    for batch in (real_batch(material), fake_batch(material)):
        before = random.get_state()
        whole = active.augment(batch)
        for rows in PARTS:
            own = torch.zeros_like(batch.values)
            own[rows.start : rows.stop] = rows.of(batch.values)
            random.set_state(before)
            part = active.augment(Batch(own, batch.labels, batch.condition))
            for name in ("values", "condition"):
                assert nearly_equal(rows.of(getattr(part, name)), rows.of(getattr(whole, name))), (
                    f"the {name} that `augment` returns for a sample depend on the others of its batch"
                )


def penalizes_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return None or a finite scalar, from which gradients reach the discriminator where it is not zero."""
    active, networks = attach_and_train(regularizer, material)
    check_penalty(active.penalty(make_pass(active, material, networks)), networks[1])


def penalizes_the_generator_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return for the generator None or a finite scalar, whose gradients reach it where it is not zero."""
    active, networks = attach_and_train(regularizer, material)
    check_penalty(active.generator_penalty(make_generator_pass(active, material, networks)), networks[0])


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def penalizes_a_split_batch_alike(regularizer: Regularizer, material: Material) -> None:
    """Penalize a batch in parts, on average, as it does the whole one, and draw the same for each.

    All samples are the same one here, or a penalty that is a statistic of the batch, like its
    variance, could not keep this.
    """
    random = torch.Generator().manual_seed(0)
    active, networks = attach_and_train(regularizer, material, random)

    def penalties(rows: Rows) -> dict[str, Tensor | None]:
        random.set_state(before)
        d = make_pass(active, material, networks, rows, alike=True)
        penalty = active.penalty(d)
        g = make_generator_pass(active, material, networks, rows, alike=True)
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
        assert penalty is None or nearly_equal(mean[name], penalty.detach()), (
            f"{name} is {penalty.item()} for a whole batch, and {mean[name].item()} on average over its parts"
        )


@depends_on("penalizes_with_a_finite_scalar")
def declares_its_input_gradient(regularizer: Regularizer, material: Material) -> None:
    """State by `input_gradient` that the penalty differentiates the discriminator in its input."""
    active, (generator, discriminator) = attach_and_train(regularizer, material)
    differentiated = list[tuple[int, ...]]()

    def heard(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        values = values.view_as(values)  # what its hook is called with is a gradient to the input alone
        if values.requires_grad:
            values.register_hook(lambda gradient: differentiated.append(gradient.shape))  # type: ignore[no-untyped-call]
        logits: Tensor = discriminator(values, labels, condition)
        return logits

    active.penalty(make_pass(active, material, (generator, heard)))
    assert active.input_gradient or not differentiated, (
        "the penalty differentiates the discriminator in its input, but `input_gradient` is False"
    )


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def never_waits_for_the_device(regularizer: Regularizer, material: Material) -> None:
    """Read no tensor in a view, a penalty or `observe`: a GPU would wait meanwhile."""
    active, networks = attach_and_train(regularizer, material)
    real = real_batch(material)
    for _ in range(STEPS):  # longer than a controller waits before it moves
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
    """Change neither the batch it is shown nor the networks."""
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
        "gradients were left at a network's parameters: use torch.autograd.grad"
    )


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def draws_from_the_training_alone(regularizer: Regularizer, material: Material) -> None:
    """Draw from `Training.random`, never from a global generator."""
    with no_global_randomness("acting"):
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
        assert json.loads(text) == state, "the state comes back from JSON as another one"
        networks = make_networks(active, material)
        for _ in range(STEPS):
            active.observe(logits_of(make_pass(active, material, networks)))


@depends_on("keeps_its_state_as_json", "draws_from_the_training_alone")
def goes_on_from_its_state(regularizer: Regularizer, material: Material) -> None:
    """Do after `restore` exactly what it would have done without a break."""
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


def gives_the_scales_it_declares(regularizer: Regularizer, material: Material) -> None:
    """Where `gives_scales` says so: show s·x with s in `scale_column`, and draw more of them."""
    active = attach(regularizer, material)
    if not regularizer.gives_scales:
        assert active.scale_column is None, "it has a `scale_column`, but `gives_scales` is False"
        return
    assert regularizer.scales_samples, "`gives_scales` is True, but `scales_samples` is False"
    alone = real_batch(material)
    assert active.scale_column == 0, (
        f"`scale_column` is {active.scale_column}, not 0, as the first regularizer"
    )
    seen = active.augment(alone)
    scales = seen.condition[:, 0].reshape(-1, *[1] * (alone.values.ndim - 1))
    assert nearly_equal(seen.values, alone.values * scales), "`augment` does not show s·x with that s"
    drawn = active.draw_scales(COUNT)
    assert drawn.shape == (COUNT,), f"`draw_scales({COUNT})` makes {tuple(drawn.shape)}"
