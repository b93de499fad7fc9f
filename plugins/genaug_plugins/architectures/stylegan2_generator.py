"""StyleGAN2's generator: a mapping network, and a synthesis network that sums images of all sizes."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from genaug_plugins.architectures.blur import Doubling
from genaug_plugins.architectures.equalized import EqualizedLinear
from genaug_plugins.architectures.initialise import GAIN, SLOPE
from genaug_plugins.architectures.latent_code import class_embedding, code_dim
from genaug_plugins.architectures.modulated_convolution import StyledLayer, ToImage
from genaug_plugins.architectures.square_images import COARSEST

MAPPING_RATE = 0.01
EPSILON = 1e-8


class Mapping(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to intermediate latents w ``[N, Z]``.

    Latent and class embedding are each scaled to a mean square of 1 before they are joined.
    """

    def __init__(self, latent_dim: int, classes: int, layers: int) -> None:
        super().__init__()
        self.embedding = class_embedding(classes, latent_dim)
        dims = [code_dim(classes, latent_dim), *[latent_dim] * layers]
        self.layers = nn.ModuleList(
            EqualizedLinear(before, after, gain=GAIN, rate=MAPPING_RATE) for before, after in pairwise(dims)
        )

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return w, ``[N, Z]``."""
        w = _unit_size(latents)
        if self.embedding is not None:
            w = torch.cat([w, _unit_size(self.embedding(labels))], dim=1)  # [N, 2Z]
        for layer in self.layers:
            w = leaky_relu(layer(w), SLOPE)
        return w


def _unit_size(x: Tensor) -> Tensor:
    """Scale each row to a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + EPSILON)


class Stylegan2Generator(nn.Module):
    """Map latents ``[N, Z]`` and labels ``[N]`` to images ``[N, C, S, S]`` in [−1, 1].

    The input is a learned constant, followed by one styled layer at the coarsest size and two at each other.
    The image of each size is added to the doubled one of the size before ("skip" generator). The paper does
    not bound the sum; here a tanh does, since samples are in [−1, 1]. (With clamping, a pixel outside the
    range would have no gradient.) Each of the L images has an initial standard deviation of 1 / √L, so that
    the tanh is not saturated.

    Args:
        channels: C.
        widths: channels at 4×4, 8×8, … up to the full size.
        classes: number of classes; with one the network is unconditional.
        latent_dim: Z.
        mapping_layers: of the mapping network.
        noise: whether to add noise in each layer.
    """

    def __init__(
        self,
        channels: int,
        widths: list[int],
        classes: int,
        latent_dim: int,
        *,
        mapping_layers: int,
        noise: bool,
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.mapping = Mapping(latent_dim, classes, mapping_layers)
        self.constant = nn.Parameter(torch.randn(widths[0], COARSEST, COARSEST))
        self.first = StyledLayer(widths[0], widths[0], COARSEST, latent_dim, noise=noise)
        self.ups, self.layers = nn.ModuleList(), nn.ModuleList()
        for level, (before, width) in enumerate(pairwise(widths), start=1):
            size = COARSEST * 2**level
            self.ups.append(StyledLayer(before, width, size, latent_dim, noise=noise, up=True))
            self.layers.append(StyledLayer(width, width, size, latent_dim, noise=noise))
        gain = len(widths) ** -0.5
        self.images = nn.ModuleList(ToImage(width, channels, latent_dim, gain) for width in widths)
        self.doubling = Doubling(channels)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """Return images ``[N, C, S, S]``."""
        w = self.mapping(latents, labels)  # [N, Z]
        h = self.first(self.constant.expand(len(latents), -1, -1, -1), w)
        image = self.images[0](h, w)
        for up, layer, to_image in zip(self.ups, self.layers, self.images[1:], strict=True):
            h = layer(up(h, w), w)
            image = self.doubling(image) + to_image(h, w)
        return torch.tanh(image)
