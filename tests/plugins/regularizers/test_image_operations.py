"""Operations on images: each against what it does to known pixels, and against autograd in float64."""

import math

import pytest
import torch
from torch import Tensor

from genaug_plugins.regularizers.image_operations import (
    colour_matrix,
    colours_mixed,
    flipped,
    inverse_warp,
    shifted,
    turned,
    warped,
)


def images(count: int = 4, channels: int = 3, height: int = 6, width: int = 6) -> Tensor:
    random = torch.Generator().manual_seed(5)
    return torch.randn(count, channels, height, width, generator=random, dtype=torch.float64)


def inverse(count: int = 4, aspect: float = 1.0, **given: Tensor) -> Tensor:
    one, zero = torch.ones(count, dtype=torch.float64), torch.zeros(count, dtype=torch.float64)
    neutral = {
        "scale": one,
        "before": zero,
        "stretch": one,
        "after": zero,
        "moved": torch.stack([zero] * 2, 1),
    }
    return inverse_warp(**(neutral | given), aspect=aspect)


def colours(count: int = 4, **given: float) -> Tensor:
    neutral = {"brightness": 0.0, "contrast": 1.0, "luma_flip": 0.0, "hue": 0.0, "saturation": 1.0} | given
    return colour_matrix(
        **{name: torch.full((count,), value, dtype=torch.float64) for name, value in neutral.items()}
    )


def test_flips_those_chosen() -> None:
    x = images(2)
    assert torch.equal(flipped(x, torch.tensor([False, True])), torch.stack([x[0], x[1].flip(2)]))


def test_turns_each_by_its_quarters() -> None:
    x = images()
    expected = torch.stack([image.rot90(k, (1, 2)) for k, image in enumerate(x)])
    assert torch.equal(turned(x, torch.arange(4)), expected)


def test_turns_what_is_not_square_by_halves() -> None:
    x = images(2, height=4)
    assert torch.equal(turned(x, torch.tensor([0, 2])), torch.stack([x[0], x[1].flip((1, 2))]))


@pytest.mark.parametrize("padding", ["zeros", "reflection"])
def test_shifts_each_by_its_pixels(padding: str) -> None:
    x = images(3)
    down, right = torch.tensor([2, 0, -1]), torch.tensor([0, -3, 1])
    moved = shifted(x, down, right, padding)  # type: ignore[arg-type]
    wide = torch.nn.functional.pad(x, (5,) * 4, mode="constant" if padding == "zeros" else "reflect")
    for row, (dy, dx) in enumerate(zip(down.tolist(), right.tolist(), strict=True)):
        assert torch.equal(moved[row], wide[row, :, 5 - dy : 11 - dy, 5 - dx : 11 - dx])


def test_what_is_not_warped_stays_bitwise() -> None:
    x = images().float()
    assert torch.equal(warped(x, inverse().float()), x)


@pytest.mark.parametrize("turn", ["before", "after"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_warp_by_quarters_is_a_turn(turn: str, quarters: int) -> None:
    x, angle = images(), torch.full((4,), quarters * math.pi / 2, dtype=torch.float64)
    torch.testing.assert_close(warped(x, inverse(**{turn: angle})), x.rot90(quarters, (2, 3)))


def test_a_warp_by_whole_pixels_is_a_shift() -> None:
    x, moved = images(1, height=4, width=8), torch.tensor([[2 / 8, -1 / 4]], dtype=torch.float64)
    seen = warped(x, inverse(1, aspect=2.0, moved=moved))
    torch.testing.assert_close(seen[:, :, :3, 2:], x[:, :, 1:, :-2])


def test_a_scale_by_two_shows_the_middle() -> None:
    ramp = torch.linspace(-7, 7, 8, dtype=torch.float64).expand(1, 1, 8, 8)  # x at pixel centres, in eighths
    double = torch.full((1,), 2.0, dtype=torch.float64)
    torch.testing.assert_close(warped(ramp, inverse(1, scale=double)), ramp / 2)
    torch.testing.assert_close(warped(ramp, inverse(1, stretch=double)), ramp / 2)
    # stretched in width by 2 the height shrinks: rows are mirrored at the border, alike here


def test_turning_preserves_lengths_where_images_are_not_square() -> None:
    matrix = inverse(1, aspect=2.0, before=torch.full((1,), 0.7, dtype=torch.float64))[0, :, :2]
    place = torch.tensor([[0.3, -0.2], [0.1, 0.5]], dtype=torch.float64)  # in half sides
    sides = torch.tensor([2.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(((place @ matrix.T) * sides).norm(dim=1), (place * sides).norm(dim=1))


def test_a_hue_turn_leaves_grey_and_luma_as_they_are() -> None:
    x, matrix = images(), colours(hue=1.1)
    grey = x.mean(1, keepdim=True).expand_as(x)
    torch.testing.assert_close(colours_mixed(grey, matrix), grey)
    seen = colours_mixed(x, matrix)
    torch.testing.assert_close(seen.mean(1), x.mean(1))
    torch.testing.assert_close(seen.norm(dim=1), x.norm(dim=1))
    torch.testing.assert_close(colours_mixed(seen, colours(hue=-1.1)), x)


def test_a_third_of_the_circle_moves_red_to_green() -> None:
    red = torch.tensor([1.0, 0, 0], dtype=torch.float64).reshape(1, 3, 1, 1)
    seen = colours_mixed(red, colours(1, hue=2 * math.pi / 3)).flatten()
    torch.testing.assert_close(seen, torch.tensor([0.0, 1, 0], dtype=torch.float64))


def test_the_other_colours_have_their_closed_forms() -> None:
    x = images()
    grey = x.mean(1, keepdim=True)
    torch.testing.assert_close(colours_mixed(x, colours(brightness=0.3)), x + 0.3)
    torch.testing.assert_close(colours_mixed(x, colours(contrast=1.7)), 1.7 * x)
    torch.testing.assert_close(colours_mixed(x, colours(luma_flip=1.0)), x - 2 * grey)
    torch.testing.assert_close(colours_mixed(x, colours(saturation=0.4)), grey + 0.4 * (x - grey))
    torch.testing.assert_close(colours_mixed(x, colours(brightness=0.3, contrast=2.0)), 2 * (x + 0.3))


def test_one_channel_is_coloured_like_grey() -> None:
    x = images(channels=1)
    matrix = colours(brightness=0.2, contrast=0.7, luma_flip=1.0, hue=2.0, saturation=0.1)
    torch.testing.assert_close(
        colours_mixed(x, matrix), colours_mixed(x.expand(-1, 3, -1, -1), matrix)[:, :1]
    )
    torch.testing.assert_close(colours_mixed(x, matrix), -0.7 * (x + 0.2))


def test_every_operation_is_differentiable_twice() -> None:
    x = images(2, height=4, width=4).requires_grad_()
    turn = torch.tensor([0.4, -1.0], dtype=torch.float64)
    matrix = inverse(2, before=turn, scale=turn.exp(), moved=torch.stack([turn, turn], 1) / 9)

    def pipeline(x: Tensor) -> Tensor:
        x = turned(flipped(x, torch.tensor([True, False])), torch.tensor([1, 3]))
        x = shifted(x, torch.tensor([1, -1]), torch.tensor([0, 2]), "reflection")
        x = colours_mixed(warped(x, matrix), colours(2, hue=1.0, contrast=1.2))
        return x.square()

    torch.autograd.gradcheck(pipeline, x)
    torch.autograd.gradgradcheck(pipeline, x)
