"""Operations on images, chosen for each image by itself and differentiable: moves, warps, colours.

Images are ``[N, C, H, W]``. What is done to each is a tensor that is never read on the host.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def flipped(images: Tensor, chosen: Tensor) -> Tensor:
    """Return images in which those `chosen`, bool ``[N]``, are mirrored left to right."""
    return torch.where(across(chosen, images), images.flip(3), images)


def turned(images: Tensor, quarters: Tensor) -> Tensor:
    """Return images turned counter-clockwise by so many quarters, integers ``[N]`` in 0 … 3.

    Images that are not square can be turned by 0 and 2 quarters only.
    """
    images = torch.where(across(quarters >= 2, images), images.flip((2, 3)), images)
    if images.shape[2] != images.shape[3]:
        return images
    return torch.where(across(quarters % 2 == 1, images), images.rot90(1, (2, 3)), images)


def shifted(images: Tensor, down: Tensor, right: Tensor, padding: Literal["zeros", "reflection"]) -> Tensor:
    """Return images shifted by whole pixels, integers ``[N]`` below the image's size either way.

    What is shifted in is 0, or the image mirrored at the border (which is not repeated).
    """
    return _shifted_along(3, _shifted_along(2, images, down, padding), right, padding)


def _shifted_along(axis: int, images: Tensor, by: Tensor, padding: str) -> Tensor:
    size = images.shape[axis]
    origin = torch.arange(size, device=images.device) - by[:, None]  # [N, size]
    form = [len(images), 1, 1, 1]
    form[axis] = size
    inside = ((origin >= 0) & (origin < size)).reshape(form)
    origin = (size - 1) - ((size - 1) - origin.abs()).abs()  # mirrored at 0, then at size − 1
    moved = images.gather(axis, origin.clamp(0, size - 1).reshape(form).expand_as(images))
    return moved if padding == "reflection" else moved * inside


def warped(images: Tensor, inverse: Tensor) -> Tensor:
    """Return images under an affine map, bilinearly resampled, mirrored at the borders.

    Args:
        images: ``[N, C, H, W]``.
        inverse: ``[N, 2, 3]``, takes a place (x, y, 1) of what is returned to the place (x, y) of
            `images` it shows; the image's borders are at −1 and 1. Under the identity an image stays
            bitwise the same.
    """
    grid = affine_grid(inverse, list(images.shape), align_corners=False)
    resampled = grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    still = (inverse == torch.eye(2, 3, dtype=inverse.dtype, device=inverse.device)).all(2).all(1)
    return torch.where(across(still, images), images, resampled)


def inverse_warp(
    scale: Tensor, before: Tensor, stretch: Tensor, after: Tensor, moved: Tensor, aspect: float
) -> Tensor:
    """Return the inverse, ``[N, 2, 3]``, of: scale, turn, stretch, turn again, shift; see `warped`.

    Args:
        scale: factor of both sides, ``[N]``.
        before: counter-clockwise turn before the stretch, in radians.
        after: that after it.
        stretch: factor of the width, whose inverse is that of the height.
        moved: shift to the right and down, in widths and heights, ``[N, 2]``.
        aspect: width / height.
    """
    stretched = torch.diag_embed(torch.stack([1 / stretch, stretch], 1))
    linear = _turn(-before) @ stretched @ _turn(-after) / scale[:, None, None]  # [N, 2, 2]
    sides = aspect ** torch.arange(1, -1, -1, dtype=linear.dtype, device=linear.device)  # [aspect, 1]
    linear = linear * sides / sides[:, None]  # from half heights to half sides
    return torch.cat([linear, -linear @ (2 * moved[:, :, None])], 2)


def _turn(angle: Tensor) -> Tensor:
    """Return ``[N, 2, 2]``; a positive angle turns counter-clockwise to the eye, as y grows downwards."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)


def colours_mixed(images: Tensor, matrix: Tensor) -> Tensor:
    """Return images whose colours (r, g, b, 1) were multiplied by a matrix, ``[N, 4, 4]``.

    One channel is taken as r = g = b, and becomes the new r.
    """
    channels = images.shape[1]
    linear, offset = matrix[:, :channels, :3], matrix[:, :channels, 3, None, None]
    if channels == 1:
        linear = linear.sum(2, keepdim=True)
    return torch.einsum("nij,njhw->nihw", linear, images) + offset


def colour_matrix(
    *, brightness: Tensor, contrast: Tensor, luma_flip: Tensor, hue: Tensor, saturation: Tensor
) -> Tensor:
    """Return the matrix ``[N, 4, 4]`` that changes colours (r, g, b, 1) in this order.

    Args:
        brightness: added to each channel, ``[N]``.
        contrast: factor of each channel.
        luma_flip: where it is 1, the grey part v(v·c) changes its sign, with v = (1, 1, 1)/√3.
        hue: turn around v, in radians.
        saturation: factor of what is not grey, c − v(v·c).
    """
    grey = brightness.new_full((3, 3), 1 / 3)  # v vᵀ
    square = torch.eye(4, dtype=brightness.dtype, device=brightness.device)
    plain = square[:3, :3]
    cross = torch.linalg.cross(brightness.new_full((3, 3), 3**-0.5), plain, dim=1).T  # c ↦ v × c
    flip, angle, factor, gain = (
        part[:, None, None] for part in (luma_flip.to(brightness.dtype), hue, saturation, contrast)
    )
    flipping = plain - 2 * flip * grey
    turning = angle.cos() * plain + angle.sin() * cross + (1 - angle.cos()) * grey  # Rodrigues
    saturating = grey + factor * (plain - grey)
    colour = saturating @ turning @ flipping * gain  # [N, 3, 3]
    offset = colour @ brightness[:, None, None].expand(-1, 3, 1)
    last = square[3:].expand(len(colour), 1, 4)
    return torch.cat([torch.cat([colour, offset], 2), last], 1)


def across(chosen: Tensor, images: Tensor) -> Tensor:
    """Return ``[N]`` with further axes of length 1, to broadcast over values ``[N, *shape]``."""
    return chosen.reshape(-1, *[1] * (images.dim() - 1))
