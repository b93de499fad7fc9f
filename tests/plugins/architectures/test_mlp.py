"""Fully connected networks: their layers, and the value range of vectors."""

import torch
from torch import nn

from genaug.data import SampleSpec
from genaug_plugins.architectures.mlp import MlpArchitecture


def spec(value_range: tuple[float, float] | None = None) -> SampleSpec:
    return SampleSpec(modality="vector", shape=(3,), class_names=("a", "b"), value_range=value_range)


def test_depth_and_width_are_the_hidden_layers() -> None:
    generator, discriminator = MlpArchitecture(width=8, depth=3, latent_dim=5).networks(spec(), 0)
    for layers, first in ((generator.layers, 10), (discriminator.layers, 3)):
        sizes = [(layer.in_features, layer.out_features) for layer in layers if isinstance(layer, nn.Linear)]
        assert sizes == [(first, 8), (8, 8), (8, 8)]


@torch.no_grad()
def test_the_value_range_is_kept_and_its_lack_as_well() -> None:
    z, labels = 50 * torch.randn(50, 5), torch.zeros(50, dtype=torch.long)
    for low_high in ((0.0, 1.0), None):
        torch.manual_seed(0)
        generator, _ = MlpArchitecture(width=8, latent_dim=5).networks(spec(low_high), 0)
        made = generator(z, labels)
        assert ((made >= 0) & (made <= 1)).all() == (low_high is not None)
        assert made.std() > 0.3
