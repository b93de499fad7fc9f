"""What `augment` and `clean` of a regularizer must do."""

import torch

from genaug.adversarial.discriminator_pass import Batch
from genaug.contracts import Regularizer
from genaug.testing.checks.regularizer.passes import (
    COUNT,
    PARTS,
    attach,
    attach_and_train,
    fake_batch,
    nearly_equal,
    real_batch,
)
from genaug.testing.dependencies import foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error


@foundation
def declares_whole_numbers(regularizer: Regularizer, material: Material) -> None:
    """Have whole numbers `every` (at least 1) and `condition_dim` (at least 0)."""
    with no_error("when it is attached"):
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
    """Append exactly `condition_dim` columns to the condition, after the existing ones."""
    for width in (0, 2):
        active, batch = attach(regularizer, material), real_batch(material, width)
        condition = active.augment(batch).condition
        assert condition.shape == (COUNT, width + active.condition_dim), (
            f"condition_dim is {active.condition_dim}, but {width} columns became {condition.shape[1]}"
        )
        assert torch.equal(condition[:, :width], batch.condition), (
            "`augment` changes the columns of another regularizer"
        )
        assert torch.isfinite(condition).all(), "the condition contains NaN or infinite values"


def augmenting_lets_gradients_through(regularizer: Regularizer, material: Material) -> None:
    """Let finite, non-zero gradients pass through `augment` to the generator."""
    batch = fake_batch(material)
    batch.values.requires_grad_()
    seen = attach(regularizer, material).augment(batch)
    assert seen.values.requires_grad, "no gradient passes through `augment`: the generator could not learn"
    (gradient,) = torch.autograd.grad(seen.values.sum(), batch.values)
    assert torch.isfinite(gradient).all(), "the gradient through `augment` is not finite"
    assert gradient.any(), "the gradient through `augment` is zero everywhere"


def augmenting_treats_each_sample_separately(regularizer: Regularizer, material: Material) -> None:
    """Augment a sample independently of the others of its batch, which may be in another process (zeros)."""
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


def shows_what_it_declares(regularizer: Regularizer, material: Material) -> None:
    """Declare by `shows` what `augment` does: nothing, change samples, or also give a condition."""
    assert regularizer.shows in ("none", "augmented", "conditioned"), f"`shows` is {regularizer.shows!r}"
    active, _ = attach_and_train(regularizer, material)
    if regularizer.shows == "conditioned":
        assert active.condition_dim >= 1, "`shows` is conditioned, but `condition_dim` is 0"
    else:
        assert active.condition_dim == 0, (
            f"`shows` is {regularizer.shows}, but the condition has {active.condition_dim} columns"
        )
    if regularizer.shows == "none":
        for batch in (real_batch(material), fake_batch(material)):
            assert torch.equal(active.augment(batch).values, batch.values), (
                "`shows` is none, but `augment` changes the values"
            )


def cleans_without_chance(regularizer: Regularizer, material: Material) -> None:
    """Return from `clean` the same batch at any time, in the form that `augment` returns."""
    random = torch.Generator().manual_seed(0)
    trained, _ = attach_and_train(regularizer, material, random)
    for width in (0, 2):
        batch, before = real_batch(material, width), random.get_state()
        clean = trained.clean(batch)
        assert torch.equal(random.get_state(), before), "`clean` uses the random generator"
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
            "`clean` depends on the state"
        )


def gives_the_scales_it_declares(regularizer: Regularizer, material: Material) -> None:
    """Where `gives_scales` is true: return s·x with s in `scale_column`, and draw further factors."""
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
    assert nearly_equal(seen.values, alone.values * scales), "`augment` does not return s·x with that s"
    drawn = active.draw_scales(COUNT)
    assert drawn.shape == (COUNT,), f"`draw_scales({COUNT})` makes {tuple(drawn.shape)}"
