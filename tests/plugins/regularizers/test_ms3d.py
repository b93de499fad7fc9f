"""MS3D against closed forms of its formula."""

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from genaug import Training
from genaug.data import SampleSpec
from genaug.data.discriminator_pass import Batch, DiscriminatorPass
from genaug.errors import DataError
from genaug_plugins.regularizers.ms3d import (
    Ms3dRegularizer,
    averaging,
    magnitude,
    overlap,
    self_dissimilarity,
)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def block_mean(field: Tensor, span: int) -> Tensor:
    """Return the mean over blocks of `span` pixels, by hand, at full size."""
    out = torch.empty_like(field)
    height, width = field.shape[2:]
    for top in range(0, height, span):
        for left in range(0, width, span):
            where = (..., slice(top, top + span), slice(left, left + span))
            out[where] = field[where].mean(dim=(2, 3), keepdim=True)
    return out


@pytest.mark.parametrize(("zeta", "size"), [(2, (8, 8)), (2, (7, 10)), (3, (8, 5)), (4, (16, 9))])
def test_equals_the_definition_by_hand(zeta: int, size: tuple[int, int]) -> None:
    g = [noise(3, 2, *size)]
    for k in range(3):
        g.append(block_mean(g[0], zeta ** (k + 1)))
    expected = torch.stack(
        [
            (overlap(g[k + 1], g[k]) - (overlap(g[k], g[k]) + overlap(g[k + 1], g[k + 1])) / 2).abs()
            for k in range(3)
        ],
        dim=1,
    )
    torch.testing.assert_close(self_dissimilarity(g[0], zeta=zeta, scales=3), expected)


@pytest.mark.parametrize("shape", [(4, 1, 16), (4, 3, 16, 16), (4, 3, 13, 6), (2, 2, 5, 4, 7)])
def test_block_means_telescope_on_any_number_of_axes_and_at_any_size(shape: tuple[int, ...]) -> None:
    g = noise(*shape)
    for zeta, scales in ((2, 1), (2, 3), (3, 2), (4, 6)):
        last = g
        for axis in range(2, g.dim()):
            matrix = averaging(g.shape[axis], zeta, scales - 1, "block", g.dtype, g.device)
            last = torch.tensordot(last, matrix, dims=([axis], [1])).movedim(-1, axis)
        total = self_dissimilarity(g, zeta=zeta, scales=scales).sum(1)
        torch.testing.assert_close(total, (overlap(g, g) - overlap(last, last)) / 2, atol=1e-12, rtol=1e-9)


def test_gaussians_do_not_telescope() -> None:
    g = noise(4, 1, 16, 16)
    last = g
    for k in range(3):
        for axis in (2, 3):
            matrix = averaging(16, 2, k, "gaussian", g.dtype, g.device)
            last = torch.tensordot(last, matrix, dims=([axis], [1])).movedim(-1, axis)
    total = self_dissimilarity(g, scales=3, kernel="gaussian").sum(1)
    telescoped = (overlap(g, g) - overlap(last, last)) / 2
    assert ((total - telescoped).abs() > 0.02 * telescoped).all()


def test_a_gaussian_has_the_variance_of_the_block_it_stands_for() -> None:
    pixels = torch.arange(201, dtype=torch.float64) - 100
    row = torch.eye(201, dtype=torch.float64)[100]
    for k in range(3):
        row = row @ averaging(201, 3, k, "gaussian", torch.float64, torch.device("cpu"))
        assert (row * pixels**2).sum().item() == pytest.approx((9 ** (k + 1) - 1) / 12, rel=1e-3)


@pytest.mark.parametrize("kernel", ["block", "gaussian"])
def test_a_constant_field_has_none(kernel: str) -> None:
    ones = torch.ones(2, 3, 7, 9)
    assert self_dissimilarity(ones, kernel=kernel).abs().max() < 1e-12  # type: ignore[arg-type]
    assert (self_dissimilarity(torch.zeros(2, 1, 8), kernel=kernel, normalize=True) == 0).all()  # type: ignore[arg-type]


def test_signed_normalized_and_at_full_depth_it_cannot_see_concentration() -> None:
    spike, board = torch.zeros(1, 1, 64, 64), torch.ones(1, 1, 64, 64)
    spike[0, 0, 20, 30] = 5
    board[..., ::2, 1::2] = board[..., 1::2, ::2] = -1
    for field in (noise(1, 1, 64, 64).float(), spike, board):
        total = self_dissimilarity(field, scales=6, normalize=True).sum().item()
        assert total == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(("sigma", "expected"), [(None, 0.182), (10.0, 0.402), (4.0, 0.484), (0.01, 0.5)])
def test_on_the_magnitude_it_sees_concentration(sigma: float | None, expected: float) -> None:
    # Noise under an envelope exp(−r²/2σ²): ½(1 − (mean|g|)² / mean g²) = ½(1 − 8σ²/64²).
    field = noise(8, 1, 64, 64)
    if sigma is not None:
        axis = torch.arange(64, dtype=torch.float64) - 32
        field = field * torch.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * sigma**2))
    size = magnitude(field)
    total = self_dissimilarity(size, scales=6, normalize=True).sum(1)
    closed = (1 - size.flatten(1).mean(1) ** 2 / size.square().flatten(1).mean(1)) / 2
    torch.testing.assert_close(total, closed)
    assert total.mean().item() == pytest.approx(expected, abs=0.015)


def test_magnitude_is_the_norm_over_channels_and_flat_at_zero() -> None:
    field = torch.tensor([[[3.0, 0.0], [4.0, 0.0]]], requires_grad=True)  # [1, 2, 2]
    size = magnitude(field)
    assert size.tolist() == [[[5.0, 0.0]]]
    (gradient,) = torch.autograd.grad(size.sum(), field)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("kernel", ["block", "gaussian"])
@pytest.mark.parametrize("normalize", [False, True])
def test_is_twice_differentiable(kernel: str, normalize: bool) -> None:
    field = noise(2, 2, 5, 4).requires_grad_()

    def total(g: Tensor) -> Tensor:
        return self_dissimilarity(g, scales=2, kernel=kernel, normalize=normalize)  # type: ignore[arg-type]

    assert torch.autograd.gradcheck(total, field)
    assert torch.autograd.gradgradcheck(total, field)
    assert torch.autograd.gradgradcheck(lambda g: total(magnitude(g)), field)


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
    found = active.penalty(d)
    assert found is not None
    return found


def test_the_penalty_is_the_weighted_sum_of_real_and_fake() -> None:
    d, _ = discriminator_pass((2, 6, 5))
    real = self_dissimilarity(d.real_gradient, scales=2).sum(1).mean()
    fake = self_dissimilarity(d.fake_gradient, scales=2).sum(1).mean()
    torch.testing.assert_close(penalty(d, scales=2, weight=3, reduction="mean"), 3 * (real + fake))
    torch.testing.assert_close(penalty(d, scales=2), 30 * (real + fake))  # 6·5 pixels
    torch.testing.assert_close(penalty(d, scales=2, where="real"), 30 * real)
    torch.testing.assert_close(penalty(d, scales=2, where="fake"), 30 * fake)
    later = self_dissimilarity(d.real_gradient, scales=2)[:, 1:].sum(1).mean()
    torch.testing.assert_close(penalty(d, scales=2, where="real", skip_first=True), 30 * later)
    size = self_dissimilarity(magnitude(d.real_gradient), scales=2, normalize=True).sum(1).mean()
    torch.testing.assert_close(
        penalty(d, scales=2, where="real", field="magnitude", normalize=True, reduction="mean"), size
    )


def test_summed_over_pixels_it_is_nearly_r1_plus_r2() -> None:
    d, _ = discriminator_pass((1, 8, 8))
    mean = d.real_gradient.mean(dim=(2, 3)).square().sum(1) * 64
    closed = (d.real_gradient.square().flatten(1).sum(1) - mean).mean() / 2
    torch.testing.assert_close(penalty(d, scales=3, where="real"), closed)


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
