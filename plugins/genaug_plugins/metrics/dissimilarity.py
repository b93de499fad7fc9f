"""Self-dissimilarity of fields: their change under coarse-graining, scale by scale."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

Kernel = Literal["block", "gaussian"]


def self_dissimilarity(
    field: Tensor,
    zeta: int = 2,
    scales: int = 3,
    *,
    kernel: Kernel = "block",
    normalize: bool = False,
    skip_first: bool = False,
) -> Tensor:
    """Return Σ_k SD_k of each field, ``[N]``: `by_scale` summed over its scales.

    Args:
        field: ``[N, C, *space]``.
        zeta: factor ζ between scales, at least 2.
        scales: number of scales K.
        kernel: ``block`` or ``gaussian``.
        normalize: divide each field by its root mean square first.
        skip_first: leave out the finest scale, k = 0.
    """
    parts = by_scale(field, zeta, scales, kernel=kernel, normalize=normalize)
    return parts[:, int(skip_first) :].sum(1)


def by_scale(
    field: Tensor, zeta: int = 2, scales: int = 3, *, kernel: Kernel = "block", normalize: bool = False
) -> Tensor:
    """Return SD_k of each field at each scale.

    With g_0 the field and g_{k+1} = G_ζ(g_k) its coarse-graining, each of whose values represents a block,
    SD_k = |O(g_{k+1}, g_k) − ½(O(g_k, g_k) + O(g_{k+1}, g_{k+1}))|, where O(a, b) is the mean over pixels of
    the dot product over channels (Bagrov et al. 2020). It equals ½·O(g_{k+1} − g_k, g_{k+1} − g_k), and is
    computed this way: no cancellation, never negative.

    Blocks of the k-th scale span ζ^k pixels, starting at the first pixel; if ζ^k does not divide the size,
    the last block is smaller, and its mean is over its own pixels. So blocks are nested, and with block means
    Σ_{k<K} SD_k = ½(O(g_0, g_0) − O(g_K, g_K)) at every size.

    Args:
        field: ``[N, C, *space]`` with one or more spatial axes.
        zeta: factor ζ between scales, at least 2.
        scales: number of scales K.
        kernel: ``block`` or ``gaussian``.
        normalize: divide each field by its root mean square, O(g_0, g_0)^½; a field of zeros
            then has dissimilarity 0.

    Returns:
        ``[N, K]``, differentiable.
    """
    parts, coarser, counts = [], field, _ones(field)
    for _ in range(scales):
        coarser, lost = _step(coarser, zeta, kernel, counts)
        counts = [_blocks(count, 0, zeta).sum(1) for count in counts]
        parts.append(lost)
    dissimilarity = torch.stack(parts, dim=1)
    if normalize:
        energy = _mean(field.square().sum(1), _ones(field))  # [N]
        # Far below the energy of any non-zero field, and safe to divide by.
        dissimilarity = dissimilarity / energy.clamp_min(torch.finfo(field.dtype).tiny ** 0.5)[:, None]
    return dissimilarity


def coarse_grain(
    field: Tensor, zeta: int = 2, kernel: Kernel = "block", counts: list[Tensor] | None = None
) -> Tensor:
    """Return G_ζ(field), with one value for each block of ζ along every spatial axis.

    ``block``: the mean over the block. ``gaussian``: the mean under a Gaussian of standard
    deviation ζ/2 around the block's centre, over the pixels within the border.

    Args:
        field: ``[N, C, *space]``.
        zeta: factor ζ, at least 2; a last block may be smaller.
        kernel: ``block`` or ``gaussian``.
        counts: for each spatial axis, ``[size]``: number of pixels each value represents, used as weights of
            the means; None: one each.

    Returns:
        ``[N, C, *ceil(space / ζ)]``, differentiable.
    """
    return _step(field, zeta, kernel, counts or _ones(field))[0]


def _step(field: Tensor, zeta: int, kernel: Kernel, counts: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the coarser field, and the dissimilarity ``[N]`` of the two."""
    lost, coarser = field.new_zeros(len(field)), field
    if kernel == "block":
        # Taking means axis by axis removes orthogonal components, whose contributions add up.
        weights = list(counts)
        for axis, count in enumerate(counts):
            coarser, variance = _block_means(coarser, axis + 2, zeta, count)
            weights[axis] = _blocks(count, 0, zeta).sum(1)
            lost = lost + _mean(variance, weights)
        return coarser, lost / 2
    for axis, count in enumerate(counts, start=2):
        weights_of_axis = _gaussian_weights(count, zeta)
        coarser = torch.tensordot(coarser, weights_of_axis, dims=([axis], [1])).movedim(-1, axis)
    replicated = coarser
    for axis, count in enumerate(counts, start=2):
        replicated = replicated.repeat_interleave(zeta, axis).narrow(axis, 0, len(count))
    return coarser, _mean((replicated - field).square().sum(1), counts) / 2


def magnitude(field: Tensor) -> Tensor:
    """Return the Euclidean norm over channels, ``[N, 1, *space]``; its derivatives are 0 where it is 0."""
    squares = field.square().sum(1, keepdim=True)
    positive = squares > 0  # the derivatives of √ are infinite at 0
    return torch.where(positive, torch.where(positive, squares, 1.0).sqrt(), 0.0)


def _ones(field: Tensor) -> list[Tensor]:
    return [field.new_ones(size) for size in field.shape[2:]]


def _mean(values: Tensor, counts: list[Tensor]) -> Tensor:
    """Return the mean over pixels, ``[N]``, of ``[N, *space]`` whose values represent `count` pixels each."""
    for count in reversed(counts):
        values = values @ (count / count.sum())
    return values


def _blocks(values: Tensor, axis: int, zeta: int) -> Tensor:
    """Return values with one axis split in two, ``[…, blocks, ζ, …]``; the last block is padded with
    zeros.
    """
    size, behind = values.shape[axis], values.dim() - 1 - axis
    if size % zeta:
        values = pad(values, [0, 0] * behind + [0, zeta - size % zeta])
    return values.reshape(*values.shape[:axis], -1, zeta, *values.shape[axis + 1 :])


def _block_means(field: Tensor, axis: int, zeta: int, count: Tensor) -> tuple[Tensor, Tensor]:
    """Return the means over blocks along one axis, weighted, and the variances within blocks.

    By West's update (1979), a value of each block at a time: exact, and half the work of
    subtracting the means in a second pass.

    Returns:
        ``[N, C, *space]`` and, summed over channels, ``[N, *space]``.
    """
    behind = [1] * (field.dim() - 1 - axis)
    values, weights = _blocks(field, axis, zeta).unbind(axis + 1), _blocks(count, 0, zeta).unbind(1)
    mean, weight, variance = values[0], weights[0], field.new_zeros(())
    for value, more in zip(values[1:], weights[1:], strict=True):
        weight = weight + more
        share = (more / weight).reshape(-1, *behind)
        variance = (1 - share) * (variance + share * (value - mean).square().sum(1))
        mean = torch.lerp(mean, value, share)
    return mean, variance


def _gaussian_weights(count: Tensor, zeta: int) -> Tensor:
    """Return Gaussian means, ``[blocks, size]``: σ = ζ/2 around each block's centre, rows of sum 1."""
    pixels = torch.arange(len(count), device=count.device).to(count.dtype)
    start = pixels[::zeta]
    centre = (start + (start + zeta).clamp(max=len(count)) - 1) / 2
    weights = torch.exp(-2 * ((pixels - centre[:, None]) / zeta).square()) * count  # 2σ² = ζ²/2
    return weights / weights.sum(1, keepdim=True)
