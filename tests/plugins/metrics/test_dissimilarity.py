"""Self-dissimilarity against its definition by hand, closed forms and known values."""

import pytest
import torch
from torch import Tensor

from genaug_plugins.metrics.dissimilarity import (
    Kernel,
    by_scale,
    coarse_grain,
    magnitude,
    self_dissimilarity,
)

KERNELS: list[Kernel] = ["block", "gaussian"]


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def overlap(a: Tensor, b: Tensor) -> Tensor:
    """Return O(a, b): mean over pixels of the dot product over channels, ``[N]``."""
    return (a * b).sum(1).flatten(1).mean(1)


def block_mean(field: Tensor, span: int) -> Tensor:
    """Return the mean over blocks of `span` pixels, by hand, at full size."""
    out = torch.empty_like(field)
    height, width = field.shape[2:]
    for top in range(0, height, span):
        for left in range(0, width, span):
            where = (..., slice(top, top + span), slice(left, left + span))
            out[where] = field[where].mean(dim=(2, 3), keepdim=True)
    return out


def replicated(coarser: Tensor, zeta: int, like: Tensor) -> Tensor:
    """Return the coarser field at the size of the finer one."""
    for axis, size in enumerate(like.shape[2:], start=2):
        coarser = coarser.index_select(axis, torch.arange(size) // zeta)
    return coarser


@pytest.mark.parametrize("zeta", [2, 3, 4])
@pytest.mark.parametrize("size", [(8, 8), (7, 10), (8, 5), (16, 9), (1, 27)])
def test_equals_the_definition_by_hand(zeta: int, size: tuple[int, int]) -> None:
    g = [noise(3, 2, *size)]
    for k in range(3):
        g.append(block_mean(g[0], zeta ** (k + 1)))
    expected = [
        (overlap(g[k + 1], g[k]) - (overlap(g[k], g[k]) + overlap(g[k + 1], g[k + 1])) / 2).abs()
        for k in range(3)
    ]
    found = by_scale(g[0], zeta, 3)
    torch.testing.assert_close(found, torch.stack(expected, dim=1))
    torch.testing.assert_close(self_dissimilarity(g[0], zeta, 3), found.sum(1))
    torch.testing.assert_close(self_dissimilarity(g[0], zeta, 3, skip_first=True), found[:, 1:].sum(1))


@pytest.mark.parametrize("shape", [(4, 1, 16), (4, 3, 16, 16), (4, 3, 13, 6), (2, 2, 5, 4, 7), (2, 1, 31)])
@pytest.mark.parametrize(("zeta", "scales"), [(2, 1), (2, 3), (3, 2), (4, 6)])
def test_block_means_telescope_on_any_number_of_axes_and_at_any_size(
    shape: tuple[int, ...], zeta: int, scales: int
) -> None:
    g = noise(*shape)
    span = zeta**scales
    last = replicated(coarse_grain(g, span), span, g)  # blocks nest
    total = self_dissimilarity(g, zeta, scales)
    torch.testing.assert_close(total, (overlap(g, g) - overlap(last, last)) / 2, atol=1e-12, rtol=1e-9)
    in_single = self_dissimilarity(g.float(), zeta, scales)
    torch.testing.assert_close(in_single.double(), total, atol=1e-6, rtol=1e-6)


def test_gaussians_do_not_telescope() -> None:
    g = noise(4, 1, 16, 16)
    last = g
    for _ in range(3):
        last = coarse_grain(last, 2, "gaussian")
    telescoped = (overlap(g, g) - overlap(last, last)) / 2
    total = self_dissimilarity(g, 2, 3, kernel="gaussian")
    assert ((total - telescoped).abs() > 0.02 * telescoped).all()


@pytest.mark.parametrize("size", [8, 7])
def test_a_gaussian_step_compares_with_what_it_made(size: int) -> None:
    g = noise(3, 2, size, size)
    coarser = coarse_grain(g, 2, "gaussian")
    assert coarser.shape == (3, 2, 4, 4)
    gap = replicated(coarser, 2, g) - g
    torch.testing.assert_close(by_scale(g, 2, 1, kernel="gaussian")[:, 0], overlap(gap, gap) / 2)


@pytest.mark.parametrize("zeta", [2, 3, 4])
def test_a_gaussian_sits_on_its_block_with_half_its_width(zeta: int) -> None:
    pixels = torch.arange(40 * zeta, dtype=torch.float64)
    row = coarse_grain(torch.eye(40 * zeta, dtype=torch.float64)[:, None], zeta, "gaussian")[
        :, 0, 20
    ]  # [size]
    centre = 20 * zeta + (zeta - 1) / 2
    assert row.sum().item() == pytest.approx(1)
    assert (row * pixels).sum().item() == pytest.approx(centre)
    assert (row * (pixels - centre).square()).sum().item() == pytest.approx(zeta**2 / 4, rel=0.01)


def test_coarse_fields_have_a_value_a_block() -> None:
    g = torch.arange(10.0).reshape(1, 1, 2, 5)
    assert coarse_grain(g, 2).tolist() == [[[[3.0, 5.0, 6.5]]]]
    assert coarse_grain(g[:, :, 0], 4).tolist() == [[[1.5, 4.0]]]
    weighted = coarse_grain(g[:, :, 0], 5, counts=[torch.tensor([4.0, 4.0, 4.0, 4.0, 1.0])])
    assert weighted.item() == pytest.approx((4 * 6 + 4) / 17)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("normalize", [False, True])
def test_a_constant_field_has_none(kernel: Kernel, normalize: bool) -> None:
    ones = torch.ones(2, 3, 7, 9)
    assert by_scale(ones, kernel=kernel, normalize=normalize).abs().max() < 1e-12
    assert (by_scale(torch.zeros(2, 1, 8), kernel=kernel, normalize=normalize) == 0).all()


def test_scales_beyond_the_size_add_nothing() -> None:
    found = by_scale(noise(2, 1, 6, 5), 2, 6)
    assert (found[:, :3] > 0).all()
    assert (found[:, 3:] == 0).all()


def test_signed_normalized_and_at_full_depth_it_cannot_see_concentration() -> None:
    spike, board = torch.zeros(1, 1, 64, 64), torch.ones(1, 1, 64, 64)
    spike[0, 0, 20, 30] = 5
    board[..., ::2, 1::2] = board[..., 1::2, ::2] = -1
    for field in (noise(1, 1, 64, 64).float(), spike, board):
        total = self_dissimilarity(field, 2, 6, normalize=True).item()
        assert total == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(("sigma", "known"), [(None, 0.186), (10.0, 0.399), (4.0, 0.484), (0.01, 0.5)])
def test_on_the_magnitude_it_sees_concentration(sigma: float | None, known: float) -> None:
    # Noise under an envelope exp(−r²/2σ²) on 64×64: about ½(1 − 8σ²/64²), and ½(1 − 2/π) without one.
    field = noise(8, 1, 64, 64)
    if sigma is not None:
        axis = torch.arange(64, dtype=torch.float64) - 32
        field = field * torch.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * sigma**2))
    size = magnitude(field)
    total = self_dissimilarity(size, 2, 6, normalize=True)
    closed = (1 - size.flatten(1).mean(1) ** 2 / size.square().flatten(1).mean(1)) / 2
    torch.testing.assert_close(total, closed)
    assert total.mean().item() == pytest.approx(known, abs=0.008)


def test_magnitude_is_the_norm_over_channels_with_finite_derivatives_at_zero() -> None:
    field = torch.tensor([[[3.0, 0.0], [4.0, 0.0]]], requires_grad=True)  # [1, 2, 2]
    size = magnitude(field)
    assert size.tolist() == [[[5.0, 0.0]]]
    (gradient,) = torch.autograd.grad(size.sum() + size.square().sum(), field, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), field)
    assert torch.isfinite(gradient).all()
    assert torch.isfinite(second).all()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("normalize", [False, True])
def test_is_twice_differentiable(kernel: Kernel, normalize: bool) -> None:
    field = noise(1, 2, 3, 3).requires_grad_()

    def total(g: Tensor) -> Tensor:
        return by_scale(g, 2, 2, kernel=kernel, normalize=normalize)

    assert torch.autograd.gradcheck(total, field)
    assert torch.autograd.gradgradcheck(total, field)
    assert torch.autograd.gradgradcheck(lambda g: total(magnitude(g)), field)
