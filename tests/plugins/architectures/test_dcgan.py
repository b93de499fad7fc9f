"""DCGAN's networks: their shapes, what they depend on, how they start, what they refuse."""

import pytest
import torch
from torch import nn

from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.dcgan import DcganArchitecture
from genaug_plugins.architectures.square_images import SIZES


def spec(size: int = 8, channels: int = 1, height: int | None = None) -> SampleSpec:
    return SampleSpec(
        modality="image",
        shape=(channels, height or size, size),
        class_names=("a", "b", "c"),
        value_range=(-1, 1),
    )


def networks(of: SampleSpec, condition_dim: int = 0, width: int = 4) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DcganArchitecture(width=width, latent_dim=5).networks(of, condition_dim)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("channels", "condition_dim"), [(1, 0), (4, 2)])
def test_makes_and_judges_every_size(size: int, channels: int, condition_dim: int) -> None:
    generator, discriminator = networks(spec(size, channels), condition_dim)
    labels = torch.tensor([0, 1, 2])
    assert generator.latent_dim == 5
    made = generator(noise(3, 5), labels)
    assert made.shape == (3, channels, size, size)
    assert made.abs().max() <= 1
    assert discriminator(made, labels, torch.rand(3, condition_dim)).shape == (3,)


def test_width_is_the_channels_at_half_the_size() -> None:
    _, discriminator = networks(spec(64), width=4)
    made: list[tuple[int, int]] = []
    for module in discriminator.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda m, i, out: made.append((out.shape[-1], out.shape[1])))
    discriminator(noise(1, 1, 64, 64), torch.tensor([0]), torch.zeros(1, 0))
    assert made == [(64, 2), (32, 4), (16, 8), (8, 16), (4, 32)]


@torch.no_grad()
def test_a_fresh_pair_is_neither_saturated_nor_blind() -> None:
    for size in (8, 32, 128):
        generator, discriminator = networks(spec(size), width=16)
        labels = torch.arange(3).repeat(10)
        made = generator(noise(30, 5), labels)
        assert 0.2 < made.std() < 0.9
        assert made.std(dim=0).mean() > 0.1  # latents and labels matter from the start
        logits = discriminator(made, labels, torch.zeros(30, 0))
        assert 0.05 < logits.std() < 5


@torch.no_grad()
def test_no_sample_depends_on_the_others_of_its_batch() -> None:
    generator, discriminator = networks(spec(16), 1)
    z, labels, s = noise(4, 5), torch.tensor([0, 1, 2, 0]), torch.rand(4, 1)
    made = generator(z, labels)
    torch.testing.assert_close(generator(z[1:2], labels[1:2])[0], made[1])
    judged = discriminator(made, labels, s)
    torch.testing.assert_close(discriminator(made[1:2], labels[1:2], s[1:2])[0], judged[1])


@torch.no_grad()
def test_label_latent_and_condition_matter() -> None:
    generator, discriminator = networks(spec(), 1)
    z, a, b = noise(1, 5), torch.tensor([0]), torch.tensor([1])
    assert (generator(z, a) - generator(z, b)).abs().max() > 0.05
    assert (generator(z, a) - generator(noise(1, 5, seed=1), a)).abs().max() > 0.05
    x = noise(1, 1, 8, 8)
    whole, half = torch.ones(1, 1), torch.full((1, 1), 0.5)
    assert discriminator(x, a, whole) != discriminator(x, b, whole)
    assert discriminator(x, a, whole) != discriminator(x, a, half)


def test_the_discriminator_is_twice_differentiable() -> None:
    _, discriminator = networks(spec(), 1, width=2)
    discriminator = discriminator.double()
    x = noise(2, 1, 8, 8).double().requires_grad_()
    labels, s = torch.tensor([0, 2]), torch.rand(2, 1).double()
    (slope,) = torch.autograd.grad(discriminator(x, labels, s).sum(), x, create_graph=True)
    torch.autograd.backward(slope.square().sum(), inputs=list(discriminator.parameters()))
    parameter = discriminator.get_parameter("first.weight")
    index, step = (0, 0, 1, 2), 1e-6
    assert parameter.grad is not None
    by_autograd = parameter.grad[index].item()

    def penalty_after(change: float) -> float:
        parameter.data[index] += change
        (slope,) = torch.autograd.grad(discriminator(x, labels, s).sum(), x)
        return slope.square().sum().item()

    above, below = penalty_after(step), penalty_after(-2 * step)
    assert by_autograd == pytest.approx((above - below) / (2 * step), rel=1e-4)


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (spec(28), r"8, 16, 32, 64, 128, 256 pixels, not 28×28: set the source's `size` .* `size: 32`"),
        (spec(16, height=32), r"not 32×16"),
        (spec(300), r"`size: 256`"),
        (spec(8, channels=5), r"1 to 4 channels, not 5"),
        (
            SampleSpec(modality="signal", shape=(1, 8), class_names=("a",)),
            r"not signal samples: name an architecture that does \(conv1d\)",
        ),
    ],
)
def test_says_which_samples_it_can_make(of: SampleSpec, message: str) -> None:
    with pytest.raises(DataError, match=message):
        DcganArchitecture().networks(of, 0)
