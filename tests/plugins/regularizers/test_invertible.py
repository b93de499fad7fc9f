"""Invertible: each transformation is undone by its inverse, and the code tells which one it was."""

from itertools import permutations

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial.discriminator_pass import Batch
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.active_invertible import channel_permutations
from genaug_plugins.regularizers.invertible import InvertibleRegularizer


def attached(shape: tuple[int, ...] = (3, 4, 4), **settings: object) -> ActiveRegularizer:
    spec = SampleSpec(modality="image", shape=shape, class_names=("a",), value_range=(-1, 1))
    training = Training(spec, 100, 64, torch.Generator().manual_seed(0))
    return InvertibleRegularizer.model_validate(settings).attach(training)


def batch(count: int = 400, shape: tuple[int, ...] = (3, 4, 4)) -> Batch:
    values = torch.randn(count, *shape, generator=torch.Generator().manual_seed(1))
    return Batch(values, torch.arange(count), torch.full((count, 1), 7.0))


def undone(image: Tensor, flip: int, quarters: int, order: tuple[int, ...], sign: int) -> Tensor:
    """Undo sign, channels, rotation and flip, in this order."""
    image = -image if sign else image
    image = image[torch.argsort(torch.tensor(order))]
    image = image.rot90(-quarters, (1, 2))
    return image.flip(2) if flip else image


@pytest.mark.parametrize("permute", ["cyclic", "all"])
def test_the_code_tells_how_to_undo_it(permute: str) -> None:
    given = batch()
    families = ["flip", "rotation", "channels", "sign"]
    active = attached(families=families, permute=permute, share_clean=0.25)
    seen = active.augment(given)
    orders = channel_permutations(3, permute)  # type: ignore[arg-type]
    assert active.condition_dim == 2 + 4 + len(orders) + 2
    assert torch.equal(seen.condition[:, :1], given.condition)
    codes = seen.condition[:, 1:].split([2, 4, len(orders), 2], dim=1)
    assert all((code.sum(1) == 1).all() for code in codes)
    drawn = torch.stack([code.argmax(1) for code in codes], 1).tolist()
    for image, before, (flip, quarters, order, sign) in zip(seen.values, given.values, drawn, strict=True):
        assert torch.equal(undone(image, flip, quarters, orders[order], sign), before)
    assert len({tuple(row) for row in drawn}) > 2 * 4 * len(orders)  # all sorts are drawn
    assert torch.equal(seen.labels, given.labels)


def test_the_families_share_the_batch_evenly() -> None:
    seen = attached(families=["rotation"], share_clean=0).augment(batch(4000))
    torch.testing.assert_close(seen.condition[:, 1:].mean(0), torch.full((4,), 0.25), atol=0.03, rtol=0)


@pytest.mark.parametrize(("share", "clean"), [(1.0, 40), (0.5, 20), (0.0, 0)])
def test_a_share_stays_clean(share: float, clean: int) -> None:
    given = batch(40)
    seen = attached((3, 4, 4), families=["channels"], permute="all", share_clean=share).augment(given)
    same = (seen.values == given.values).flatten(1).all(1)
    assert same.sum() >= clean
    assert torch.equal(same, seen.condition[:, 1] == 1)
    if share == 1:
        assert same.all()


def test_permutations_begin_with_the_identity() -> None:
    assert channel_permutations(3, "cyclic") == [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    every = channel_permutations(4, "all")
    assert every[0] == (0, 1, 2, 3)
    assert sorted(every) == sorted(permutations(range(4)))


def test_sign_suits_every_modality() -> None:
    spec = SampleSpec(modality="vector", shape=(5,), class_names=("a",))
    active = InvertibleRegularizer(families=("sign",), share_clean=0).attach(
        Training(spec, 100, 64, torch.Generator().manual_seed(0))
    )
    given = batch(50, (5,))
    seen = active.augment(given)
    signs = seen.condition[:, 1] - seen.condition[:, 2]
    assert torch.equal(seen.values, given.values * signs[:, None])
    assert set(signs.tolist()) == {-1.0, 1.0}


def test_keeps_the_length_of_a_gradient() -> None:
    given = batch(8)
    given.values.requires_grad_()
    seen = attached(families=["flip", "rotation", "channels", "sign"], share_clean=0).augment(given)
    (gradient,) = torch.autograd.grad(seen.values.square().sum(), given.values)
    torch.testing.assert_close(gradient, 2 * given.values)


@pytest.mark.parametrize(
    ("families", "spec", "words"),
    [
        (("rotation",), {"modality": "image", "shape": (3, 4, 6), "value_range": (-1, 1)}, "square"),
        (("channels",), {"modality": "image", "shape": (1, 4, 4), "value_range": (-1, 1)}, "2 to 4 channels"),
        (("flip",), {"modality": "signal", "shape": (3, 4)}, r"families: \[sign\]"),
    ],
)
def test_refuses_what_a_family_cannot_transform(
    families: tuple[str, ...], spec: dict[str, object], words: str
) -> None:
    regularizer = InvertibleRegularizer.model_validate({"families": families})
    with pytest.raises(DataError, match=words):
        regularizer.check_usable(SampleSpec.model_validate({**spec, "class_names": ("a",)}))


def test_refuses_a_family_twice() -> None:
    with pytest.raises(ValidationError, match="at most once"):
        InvertibleRegularizer(families=("flip", "flip"))
