"""Convolutions along time: every length, the value range, what is refused."""

import pytest
import torch

from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.conv1d import Conv1dArchitecture
from genaug_plugins.architectures.conv1d_networks import Lengths


def spec(length: int, channels: int = 2, value_range: tuple[float, float] | None = None) -> SampleSpec:
    return SampleSpec(
        modality="signal", shape=(channels, length), class_names=("a", "b"), value_range=value_range
    )


@pytest.mark.parametrize("length", [16, 17, 31, 32, 33, 100, 286, 1000])
@pytest.mark.parametrize("kernel", [4, 8])
@torch.no_grad()
def test_makes_and_judges_every_length(length: int, kernel: int) -> None:
    torch.manual_seed(0)
    architecture = Conv1dArchitecture(width=4, latent_dim=5, kernel=kernel)
    generator, discriminator = architecture.networks(spec(length), 1)
    labels = torch.tensor([0, 1, 0])
    made = generator(torch.randn(3, 5), labels)
    assert made.shape == (3, 2, length)
    assert discriminator(made, labels, torch.rand(3, 1)).shape == (3,)


def test_levels_lie_close_around_the_length() -> None:
    for length in range(16, 300):
        lengths = Lengths(length)
        assert 4 <= lengths.start <= 8
        assert lengths.full == lengths.before + length + lengths.after
        assert 0 <= lengths.before <= lengths.after <= lengths.before + 1
        assert lengths.full < 1.25 * length
        assert len(lengths.widths(4)) == lengths.doublings + 1
    assert Lengths(64).widths(4) == [32, 16, 8, 4, 2]


def test_every_value_of_a_signal_is_seen() -> None:
    torch.manual_seed(0)
    _, discriminator = Conv1dArchitecture(width=4).networks(spec(37), 0)
    values = torch.randn(2, 2, 37, requires_grad=True)
    (slope,) = torch.autograd.grad(
        discriminator(values, torch.tensor([0, 1]), torch.zeros(2, 0)).sum(), values
    )
    assert (slope != 0).all()


@torch.no_grad()
def test_the_value_range_is_kept_and_its_lack_as_well() -> None:
    z, labels = 50 * torch.randn(20, 64), torch.zeros(20, dtype=torch.long)
    for low_high in ((0.0, 1.0), (-3.0, 0.1), None):
        torch.manual_seed(0)
        generator, _ = Conv1dArchitecture(width=4).networks(spec(32, value_range=low_high), 0)
        generator.last.weight *= 10
        made = generator(z, labels)
        low, high = low_high or (-10.0, 10.0)
        inside = (made >= low) & (made <= high)
        assert inside.all() == (low_high is not None)
        assert made.max() > 0.9 * high


def test_short_signals_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"signals of 16 values or more, not 15: use longer windows, or .* mlp"
    ):
        Conv1dArchitecture().networks(spec(15), 0)
