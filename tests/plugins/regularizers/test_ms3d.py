"""MS3D's penalty on discriminators whose gradient is known."""

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.metrics.dissimilarity import by_scale, coarse_grain, magnitude, self_dissimilarity
from genaug_plugins.regularizers.ms3d import Ms3dRegularizer
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.r2 import R2Regularizer


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def discriminator_pass(shape: tuple[int, ...]) -> tuple[DiscriminatorPass, Tensor]:
    """Return a pass of f(x) = Σ sin(w·x), smooth, and its parameter w."""
    weight = noise(*shape, seed=2).requires_grad_()

    def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return torch.sin(weight * values).flatten(1).sum(1)

    real, fake = (
        Batch(noise(3, *shape, seed=s), torch.zeros(3, dtype=torch.long), noise(3, 0)) for s in (3, 4)
    )
    return DiscriminatorPass(f, real, fake), weight


def penalty(d: DiscriminatorPass, **settings: object) -> Tensor:
    shape = tuple(d.real.values.shape[1:])
    modality = "image" if len(shape) == 3 else "signal"
    value_range = (-1.0, 1.0) if modality == "image" else None
    spec = SampleSpec(modality=modality, shape=shape, class_names=("a",), value_range=value_range)
    active = Ms3dRegularizer.model_validate(settings).attach(Training(spec, 1, 3, torch.Generator()))
    assert active.input_gradient
    found = active.penalty(d)
    assert found is not None
    return found


def test_the_penalty_is_the_weighted_sum_of_real_and_fake() -> None:
    d, _ = discriminator_pass((2, 6, 5))
    real = self_dissimilarity(d.real_gradient, scales=2).mean()
    fake = self_dissimilarity(d.fake_gradient, scales=2).mean()
    torch.testing.assert_close(penalty(d, scales=2, weight=3, reduction="mean"), 3 * (real + fake))
    torch.testing.assert_close(penalty(d, scales=2), 30 * (real + fake))  # 6·5 pixels
    torch.testing.assert_close(penalty(d, scales=2, where="real"), 30 * real)
    torch.testing.assert_close(penalty(d, scales=2, where="fake"), 30 * fake)
    later = by_scale(d.real_gradient, scales=2)[:, 1].mean()
    torch.testing.assert_close(penalty(d, scales=2, where="real", skip_first=True), 30 * later)
    size = self_dissimilarity(magnitude(d.real_gradient), scales=2, normalize=True).mean()
    torch.testing.assert_close(
        penalty(d, scales=2, where="real", field="magnitude", normalize=True, reduction="mean"), size
    )


def test_summed_over_pixels_it_is_nearly_r1_plus_r2() -> None:
    d, _ = discriminator_pass((1, 8, 8))
    mean = d.real_gradient.mean(dim=(2, 3)).square().sum(1) * 64
    closed = (d.real_gradient.square().flatten(1).sum(1) - mean).mean() / 2
    torch.testing.assert_close(penalty(d, scales=3, where="real"), closed)


def test_with_what_it_leaves_out_it_is_r1_plus_r2_of_the_same_weight() -> None:
    d, _ = discriminator_pass((2, 16, 16))
    left = sum(
        coarse_grain(coarse_grain(g), 2, "block").square().flatten(1).sum(1).mean() * 16 / 2
        for g in (d.real_gradient, d.fake_gradient)
    )
    spec = SampleSpec(modality="image", shape=(2, 16, 16), class_names=("a",), value_range=(-1.0, 1.0))
    training = Training(spec, 1, 3, torch.Generator())
    r1_and_r2 = [one(gamma=5).attach(training).penalty(d) for one in (R1Regularizer, R2Regularizer)]
    torch.testing.assert_close(penalty(d, scales=2, weight=5) + 5 * left, sum(r1_and_r2))


@pytest.mark.parametrize("settings", [{}, {"kernel": "gaussian"}, {"field": "magnitude", "normalize": True}])
def test_is_twice_differentiable_in_the_parameters(settings: dict[str, object]) -> None:
    x, y = noise(2, 2, 3, 3, seed=5), noise(2, 2, 3, 3, seed=6)

    def of(first: Tensor, last: Tensor) -> Tensor:
        def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
            return torch.tanh(values.flatten(1) @ first) @ last

        parts = (Batch(values, torch.zeros(2, dtype=torch.long), values[:, :0, 0, 0]) for values in (x, y))
        return penalty(DiscriminatorPass(f, *parts), scales=2, reduction="mean", **settings)

    weights = [noise(18, 2, seed=7) / 4, noise(2, seed=8)]
    assert torch.autograd.gradcheck(of, [weight.requires_grad_() for weight in weights])


@pytest.mark.parametrize("settings", [{}, {"field": "magnitude", "normalize": True}])
def test_a_flat_discriminator_gives_a_finite_gradient(settings: dict[str, object]) -> None:
    weight = torch.zeros(32, requires_grad=True)
    parts = [Batch(torch.ones(3, 2, 4, 4), torch.zeros(3, dtype=torch.long), torch.zeros(3, 0))] * 2
    d = DiscriminatorPass(lambda v, y, c: v.flatten(1) @ weight, *parts)
    (gradient,) = torch.autograd.grad(penalty(d, **settings), weight)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("shape", [(2, 11), (1, 4, 4)])
def test_the_gradient_reaches_the_parameters(shape: tuple[int, ...]) -> None:
    d, weight = discriminator_pass(shape)
    (gradient,) = torch.autograd.grad(penalty(d), weight)
    assert torch.isfinite(gradient).all()
    assert (gradient != 0).all()


def test_refuses_what_leaves_nothing_to_do() -> None:
    with pytest.raises(ValidationError, match="skip_first leaves no scale"):
        Ms3dRegularizer(scales=1, skip_first=True)
    vectors = SampleSpec(modality="vector", shape=(4,), class_names=("a",))
    with pytest.raises(DataError, match="use r1"):
        Ms3dRegularizer().attach(Training(vectors, 1, 1, torch.Generator()))
