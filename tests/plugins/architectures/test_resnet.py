"""The residual networks: their layout at each size, what normalizes them, their shortcuts."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, relu
from torch.nn.utils.parametrize import is_parametrized

from genaug.data import SampleSpec
from genaug_plugins.architectures.resampling import DoubledConv2d
from genaug_plugins.architectures.residual_blocks import DoublingBlock, HalvingBlock
from genaug_plugins.architectures.resnet import ResnetArchitecture


def spec(size: int, channels: int = 3, classes: int = 3) -> SampleSpec:
    names = tuple("abc"[:classes])
    return SampleSpec(modality="image", shape=(channels, size, size), class_names=names, value_range=(-1, 1))


def networks(of: SampleSpec, condition_dim: int = 0, **settings: object) -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    asked = {"width": 4, "latent_dim": 5, **settings}
    return ResnetArchitecture.model_validate(asked).networks(of, condition_dim)


def given_by(modules: nn.ModuleList, run: object) -> list[tuple[int, int]]:
    """Return size and channels of what each module gave."""
    seen: list[tuple[int, int]] = []
    for module in modules:
        module.register_forward_hook(lambda m, i, made: seen.append((made.shape[-1], made.shape[1])))
    run()
    return seen


@pytest.mark.parametrize(
    ("size", "generator_blocks", "discriminator_blocks"),
    [
        (8, [(8, 16)], [(4, 8)] * 3),
        (16, [(8, 16), (16, 16)], [(8, 8)] * 3),
        (32, [(8, 16), (16, 16), (32, 16)], [(16, 8)] + [(8, 8)] * 3),
        (64, [(8, 16), (16, 16), (32, 16), (64, 8)], [(32, 4), (16, 8)] + [(8, 8)] * 3),
        (
            128,
            [(8, 16), (16, 16), (32, 16), (64, 8), (128, 4)],
            [(64, 2), (32, 4), (16, 8)] + [(8, 8)] * 3,
        ),
    ],
)
@torch.no_grad()
def test_blocks_of_every_size(
    size: int, generator_blocks: list[tuple[int, int]], discriminator_blocks: list[tuple[int, int]]
) -> None:
    generator, discriminator = networks(spec(size), 1, width=8)
    z, labels = torch.randn(2, 5), torch.tensor([0, 2])
    assert given_by(generator.blocks, lambda: generator(z, labels)) == generator_blocks
    made = generator(z, labels)
    assert made.shape == (2, 3, size, size)
    condition = torch.rand(2, 1)
    judged = given_by(discriminator.blocks, lambda: discriminator(made, labels, condition))
    assert judged == discriminator_blocks


def test_the_published_size_has_the_published_number_of_weights() -> None:
    generator, discriminator = networks(spec(32, classes=1), width=128, latent_dim=128, normalization="batch")

    def count(network: nn.Module, *without: str) -> int:
        return sum(
            parameter.numel()
            for name, parameter in network.named_parameters()
            if not any(part in name for part in without)
        )

    conv = 9 * 256 * 256 + 256
    blocks = 3 * (2 * conv + 256 * 256 + 256)
    assert count(generator, "scale_and_shift") == 129 * 16 * 256 + blocks + 9 * 256 * 3 + 3
    small = 9 * 128 * 128 + 128
    first, shortcut = 9 * 3 * 128 + 128 + 3 * 128 + 128, 128 * 128 + 128
    assert count(discriminator) == first + 7 * small + shortcut + 129


@pytest.mark.parametrize("upsampling", ["nearest", "bilinear"])
def test_a_doubling_block_is_the_published_composition(upsampling: str) -> None:
    torch.manual_seed(0)
    block = DoublingBlock(6, 4, 5, "batch", upsampling).double()
    h, code = torch.randn(3, 6, 4, 4).double(), torch.randn(3, 5).double()
    how = {"mode": "bilinear", "align_corners": False} if upsampling == "bilinear" else {}

    def enlarged(h: Tensor) -> Tensor:
        return interpolate(h, scale_factor=2, **how)

    residual = enlarged(relu(block.modulation(h, code)))
    residual = nn.functional.conv2d(residual, block.enlarge.weight, block.enlarge.bias, padding=1)
    residual = block.conv(relu(block.modulation_within(residual, code)))
    torch.testing.assert_close(block(h, code), residual + block.shortcut(enlarged(h)), rtol=0, atol=1e-12)
    assert isinstance(block.enlarge, DoubledConv2d) == (upsampling == "nearest")


def test_a_halving_block_is_the_published_composition() -> None:
    torch.manual_seed(0)
    block = HalvingBlock(4, 6).double()
    h = torch.randn(3, 4, 8, 8).double()
    residual = relu(block.conv(relu(h)))
    residual = nn.functional.conv2d(residual, block.halve.weight, block.halve.bias, padding=1)
    torch.testing.assert_close(block(h), avg_pool2d(residual + block.shortcut(h), 2), rtol=0, atol=1e-12)


def test_spectral_norm_can_be_left_out() -> None:
    for spectral_norm in (True, False):
        _, discriminator = networks(spec(16), 1, spectral_norm=spectral_norm)
        weighted = [m for m in discriminator.modules() if isinstance(m, nn.Conv2d | nn.Linear | nn.Embedding)]
        assert {is_parametrized(module, "weight") for module in weighted} == {spectral_norm}


def test_normalizing_over_samples_keeps_them_apart_while_training() -> None:
    z, labels = torch.randn(4, 5), torch.tensor([0, 1, 2, 0])
    alone, together = (networks(spec(16), normalization=over)[0] for over in ("sample", "batch"))
    torch.testing.assert_close(alone(z, labels)[:1], alone(z[:1], labels[:1]))
    assert (together(z, labels)[:2] - together(z[:2], labels[:2])).abs().max() > 0.01
