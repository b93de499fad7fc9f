"""Differentiable operations on images, with separate parameters for each image: shifts, warps, colours.

Images are ``[N, C, H, W]``. The parameters are tensors on the device; nothing waits for the device.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def flipped(images: Tensor, chosen: Tensor) -> Tensor:
    """Return images in which those `chosen`, bool ``[N]``, are mirrored left to right."""
    return torch.where(across(chosen, images), images.flip(3), images)


def turned(images: Tensor, quarters: Tensor) -> Tensor:
    """Return images rotated counter-clockwise by quarter turns, integers ``[N]`` in 0 … 3.

    Images that are not square can be rotated by 0 and 2 quarter turns only.
    """
    images = torch.where(across(quarters >= 2, images), images.flip((2, 3)), images)
    if images.shape[2] != images.shape[3]:
        return images
    return torch.where(across(quarters % 2 == 1, images), images.rot90(1, (2, 3)), images)


def shifted(images: Tensor, down: Tensor, right: Tensor, padding: Literal["zeros", "reflection"]) -> Tensor:
    """Return images shifted by whole pixels, integers ``[N]`` with magnitudes below the image's size.

    The gap is filled with zeros, or with the image mirrored at the border pixel (which is not repeated).
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
    """Return images after an affine map, bilinearly resampled, mirrored at the borders.

    Args:
        images: ``[N, C, H, W]``.
        inverse: ``[N, 2, 3]``, maps a position (x, y, 1) of the result to the position (x, y) in `images`
            that is sampled; the image's borders are at −1 and 1. The identity leaves an image bitwise
            unchanged.
    """
    grid = affine_grid(inverse, list(images.shape), align_corners=False)
    resampled = grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    still = (inverse == torch.eye(2, 3, dtype=inverse.dtype, device=inverse.device)).all(2).all(1)
    return torch.where(across(still, images), images, resampled)


def inverse_warp(
    scale: Tensor, before: Tensor, stretch: Tensor, after: Tensor, moved: Tensor, aspect: float
) -> Tensor:
    """Return the inverse ``[N, 2, 3]`` of scaling, rotation, stretching, rotation and shift; see `warped`.

    Args:
        scale: factor of both sides, ``[N]``.
        before: counter-clockwise rotation before the stretching, in radians, ``[N]``.
        stretch: factor of the width; that of the height is its inverse, ``[N]``.
        after: rotation after the stretching, ``[N]``.
        moved: shift to the right and down, as shares of width and height, ``[N, 2]``.
        aspect: width / height.
    """
    stretched = torch.diag_embed(torch.stack([1 / stretch, stretch], 1))
    linear = _turn(-before) @ stretched @ _turn(-after) / scale[:, None, None]  # [N, 2, 2]
    sides = aspect ** torch.arange(1, -1, -1, dtype=linear.dtype, device=linear.device)  # [aspect, 1]
    linear = linear * sides / sides[:, None]  # from half heights to half sides
    return torch.cat([linear, -linear @ (2 * moved[:, :, None])], 2)


def _turn(angle: Tensor) -> Tensor:
    """Return rotations ``[N, 2, 2]``; y points downwards, so a positive angle is counter-clockwise."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([torch.stack([cos, sin], 1), torch.stack([-sin, cos], 1)], 1)


def colours_mixed(images: Tensor, matrix: Tensor) -> Tensor:
    """Return images whose colours (r, g, b, 1) are multiplied by a matrix, ``[N, 4, 4]``.

    A single channel is taken as r = g = b, and the result is the new r.
    """
    channels = images.shape[1]
    linear, offset = matrix[:, :channels, :3], matrix[:, :channels, 3, None, None]
    if channels == 1:
        linear = linear.sum(2, keepdim=True)
    return torch.einsum("nij,njhw->nihw", linear, images) + offset


def colour_matrix(
    *, brightness: Tensor, contrast: Tensor, luma_flip: Tensor, hue: Tensor, saturation: Tensor
) -> Tensor:
    """Return the matrix ``[N, 4, 4]`` that changes colours (r, g, b, 1) in the order of the arguments.

    Args:
        brightness: added to each channel, ``[N]``.
        contrast: factor of each channel.
        luma_flip: 1 negates the grey part v(v·c), with v = (1, 1, 1)/√3; 0 does nothing.
        hue: rotation around v, in radians.
        saturation: factor of the part that is not grey, c − v(v·c).
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
