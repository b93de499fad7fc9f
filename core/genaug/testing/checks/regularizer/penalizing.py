"""What the penalties of a regularizer must be."""

import torch
from torch import Tensor

from genaug.adversarial.discriminator_pass import Rows
from genaug.contracts import Regularizer
from genaug.testing.checks.regularizer.passes import (
    PARTS,
    WHOLE,
    attach_and_train,
    check_penalty,
    make_generator_pass,
    make_pass,
    nearly_equal,
)
from genaug.testing.dependencies import depends_on
from genaug.testing.material import Material


def penalizes_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return None or a finite scalar whose gradients reach the discriminator, unless it is zero."""
    active, networks = attach_and_train(regularizer, material)
    check_penalty(active.penalty(make_pass(active, material, networks)), networks[1])


def penalizes_the_generator_with_a_finite_scalar(regularizer: Regularizer, material: Material) -> None:
    """Return for the generator None or a finite scalar whose gradients reach it, unless it is zero."""
    active, networks = attach_and_train(regularizer, material)
    check_penalty(active.generator_penalty(make_generator_pass(active, material, networks)), networks[0])


@depends_on("penalizes_with_a_finite_scalar", "penalizes_the_generator_with_a_finite_scalar")
def penalizes_a_split_batch_alike(regularizer: Regularizer, material: Material) -> None:
    """Return for the parts of a batch, on average, the penalty of the whole, with the same random draws.

    All samples are equal here, because a penalty that is a statistic of the batch, e.g. its variance,
    cannot satisfy this otherwise.
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
            "a part of a batch draws other numbers than the whole: draw for `rows.total`, take `rows.of(…)`"
        )
    for name, penalty in whole.items():
        assert penalty is None or nearly_equal(mean[name], penalty.detach()), (
            f"{name} is {penalty.item()} for a whole batch, and {mean[name].item()} on average over its parts"
        )


@depends_on("penalizes_with_a_finite_scalar")
def declares_its_input_gradient(regularizer: Regularizer, material: Material) -> None:
    """Declare by `input_gradient` that the penalty differentiates the discriminator in its input."""
    active, (generator, discriminator) = attach_and_train(regularizer, material)
    differentiated = list[tuple[int, ...]]()

    def observed(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        values = values.view_as(values)  # the hook of a view gets gradients of the input only
        if values.requires_grad:
            values.register_hook(lambda gradient: differentiated.append(gradient.shape))  # type: ignore[no-untyped-call]
        logits: Tensor = discriminator(values, labels, condition)
        return logits

    active.penalty(make_pass(active, material, (generator, observed)))
    assert active.input_gradient or not differentiated, (
        "the penalty differentiates the discriminator in its input, but `input_gradient` is False"
    )
