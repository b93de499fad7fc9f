"""The filter [1, 3, 3, 1]: what it does to single pixels, constants and chequers."""

import pytest
import torch
from scipy.signal import upfirdn

from genaug_plugins.architectures.blur import Blur, Doubling

ROW = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8


def test_a_pixel_becomes_the_filter() -> None:
    x = torch.zeros(1, 2, 7, 7)
    x[0, 1, 3, 3] = 1
    made = Blur(2, padding=3, gain=4.0)(x)[0]
    assert made[0].abs().max() == 0
    torch.testing.assert_close(made[1, 3:7, 3:7], 4 * torch.outer(ROW, ROW))
    assert made[1].sum() == pytest.approx(4)


def test_halving_and_doubling_keep_a_constant_away_from_the_border() -> None:
    x = torch.ones(1, 1, 8, 8)
    halved, doubled = Blur(1, padding=1, stride=2)(x), Doubling(1)(x)
    assert halved.shape == (1, 1, 4, 4)
    assert doubled.shape == (1, 1, 16, 16)
    torch.testing.assert_close(halved[..., 1:-1, 1:-1], torch.ones(1, 1, 2, 2))
    torch.testing.assert_close(doubled[..., 1:-1, 1:-1], torch.ones(1, 1, 14, 14))


def test_a_chequer_vanishes_where_plain_halving_would_keep_it() -> None:
    rows = torch.arange(8)
    chequer = (-1.0) ** (rows[:, None] + rows)[None, None]
    assert Blur(1, padding=1, stride=2)(chequer)[..., 1:-1, 1:-1].abs().max() < 1e-6


def test_doubling_is_the_reference_along_each_axis() -> None:
    x = torch.randn(1, 1, 5, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = x[0, 0].numpy()
    for axis in (0, 1):
        full = upfirdn(2 * ROW.double().numpy(), expected, up=2, axis=axis)
        expected = full.take(range(1, 11), axis=axis)
    torch.testing.assert_close(Doubling(1).double()(x)[0, 0], torch.from_numpy(expected))


def test_the_filter_is_no_weight_and_is_not_saved() -> None:
    assert not list(Blur(2, padding=1).parameters())
    assert not Blur(2, padding=1).state_dict()
