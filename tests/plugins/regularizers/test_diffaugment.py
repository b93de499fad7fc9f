"""DiffAugment: each change in closed form, and what it must leave as it is."""

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch
from genaug.contracts import ActiveRegularizer
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.active_diffaugment import cut_out, recoloured
from genaug_plugins.regularizers.diffaugment import DiffaugmentRegularizer


def attached(shape: tuple[int, ...] = (3, 16, 16), seed: int = 0, **settings: object) -> ActiveRegularizer:
    spec = SampleSpec(modality="image", shape=shape, class_names=("a",), value_range=(-1, 1))
    training = Training(spec, 100, 64, torch.Generator().manual_seed(seed))
    return DiffaugmentRegularizer.model_validate(settings).attach(training)


def batch(values: Tensor) -> Batch:
    return Batch(values, torch.arange(len(values)), torch.ones(len(values), 2))


def images(count: int = 4, *shape: int) -> Tensor:
    return torch.randn(count, *(shape or (3, 8, 8)), generator=torch.Generator().manual_seed(3))


def column(*values: float) -> Tensor:
    return torch.tensor(values).reshape(-1, 1, 1, 1)


def test_colours_have_their_closed_forms() -> None:
    x, neutral = images(2), (column(0, 0), column(1, 1), column(1, 1))
    torch.testing.assert_close(recoloured(x, *neutral), x)
    torch.testing.assert_close(recoloured(x, column(0.5, -0.2), *neutral[1:]), x + column(0.5, -0.2))
    grey = x.mean(1, keepdim=True).expand_as(x)
    torch.testing.assert_close(recoloured(x, column(0, 0), column(0, 0), column(1, 1)), grey)
    seen = recoloured(x, column(0, 0), column(1, 1), column(0.5, 1.5))
    torch.testing.assert_close(seen.mean((1, 2, 3)), x.mean((1, 2, 3)))
    torch.testing.assert_close(seen.std((1, 2, 3)), x.std((1, 2, 3)) * torch.tensor([0.5, 1.5]))


def test_saturation_keeps_the_mean_over_channels_and_does_nothing_to_one_channel() -> None:
    x = images(2)
    seen = recoloured(x, column(0, 0), column(1.7, 0.3), column(1, 1))
    torch.testing.assert_close(seen.mean(1), x.mean(1))
    torch.testing.assert_close(recoloured(x[:, :1], column(0, 0), column(1.7, 0.3), column(1, 1)), x[:, :1])


def test_draws_colours_from_their_ranges() -> None:
    x = torch.zeros(4000, 3, 2, 2)
    brightness = attached(policy=["color"]).augment(batch(x)).values[:, 0, 0, 0]
    assert brightness.abs().max() <= 0.5
    assert brightness.mean().item() == pytest.approx(0, abs=0.02)
    assert brightness.var().item() == pytest.approx(1 / 12, abs=0.005)
    grey = torch.tensor([-1.0, 1, -1, 1]).reshape(1, 1, 2, 2).expand(4000, 3, 2, 2)
    contrast = attached(policy=["color"]).augment(batch(grey)).values.std((1, 2, 3)) / grey[0].std()
    assert 0.5 <= contrast.min() < 0.51
    assert 1.49 < contrast.max() <= 1.5


def test_shifts_by_up_to_an_eighth() -> None:
    x = torch.zeros(2000, 1, 16, 24)
    x[:, :, 8, 12] = 1
    seen = attached((1, 16, 24), policy=["translation"]).augment(batch(x)).values
    assert (seen.sum((1, 2, 3)) == 1).all()
    place = seen.flatten(1).argmax(1)
    assert torch.equal(torch.unique(place // 24 - 8), torch.arange(-2, 3))
    assert torch.equal(torch.unique(place % 24 - 12), torch.arange(-3, 4))


def test_what_comes_in_at_the_border_is_zero() -> None:
    x = images(64, 1, 16, 16)
    seen = attached((1, 16, 16), policy=["translation"]).augment(batch(x)).values
    assert (seen == 0).any()
    assert set(seen[seen != 0].tolist()) <= set(x.flatten().tolist())


def test_cuts_half_the_size_around_a_pixel() -> None:
    x = torch.ones(2, 1, 6, 4)
    seen = cut_out(x, torch.tensor([3, 0]), torch.tensor([2, 3]))
    expected = torch.ones(2, 6, 4)
    expected[0, 2:5, 1:3] = 0
    expected[1, 0:2, 2:4] = 0  # the rest lies outside
    assert torch.equal(seen[:, 0], expected)


def test_cuts_anywhere() -> None:
    seen = attached(policy=["cutout"]).augment(batch(torch.ones(4000, 3, 16, 16))).values
    assert (seen[:, 0].mean(0) < 1).all()
    assert torch.equal(seen[:, 0], seen[:, 2])


def test_changes_each_image_otherwise_and_tells_nothing() -> None:
    given = batch(images(1, 3, 16, 16).expand(8, -1, -1, -1))
    seen = attached().augment(given)
    assert all(not torch.equal(seen.values[0], other) for other in seen.values[1:])
    assert torch.equal(seen.condition, given.condition)
    assert torch.equal(seen.labels, given.labels)


def test_is_differentiable_twice() -> None:
    x = images(2, 1, 4, 4).double().requires_grad_()

    def view(x: Tensor) -> Tensor:
        return attached((1, 4, 4)).augment(batch(x)).values.square()

    torch.autograd.gradcheck(view, x)
    torch.autograd.gradgradcheck(view, x)


def test_refuses_what_it_cannot_change() -> None:
    spec = SampleSpec(modality="vector", shape=(4,), class_names=("a",))
    with pytest.raises(DataError, match="vector"):
        DiffaugmentRegularizer().check_usable(spec)
    with pytest.raises(ValidationError, match="at most once"):
        DiffaugmentRegularizer(policy=("cutout", "cutout"))
