"""The networks of a variational autoencoder, and their likelihood."""

from torch import Tensor, nn

from genaug_plugins.generators.vae.conv_networks import ConvDecoder, ConvEncoder
from genaug_plugins.generators.vae.layout import Layout
from genaug_plugins.generators.vae.likelihood import Likelihood, Variance
from genaug_plugins.generators.vae.mlp_networks import MlpDecoder, MlpEncoder

UNITS = 8
"""Units of a hidden layer, as a multiple of the width."""
LOG_VARIANCE = (-14.0, 6.0)
"""Smallest and largest log variance of the posterior."""


class Autoencoder(nn.Module):
    """Encoder q(z | x, y) = N(μ, σ²), decoder x̂(z, y) and likelihood p(x | x̂).

    Args:
        encoder: ``(values [N, *shape], labels [N]) -> [N, 2Z]``, mean and log variance.
        decoder: ``(latents [N, Z], labels [N]) -> [N, *shape]``.
        likelihood: of values under what the decoder makes.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, likelihood: Likelihood) -> None:
        super().__init__()
        self.encoder, self.decoder, self.likelihood = encoder, decoder, likelihood


def posterior(encoded: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and log variance, ``[N, Z]`` each, of what an encoder returned."""
    mean, log_variance = encoded.chunk(2, dim=1)
    return mean, log_variance.clamp(*LOG_VARIANCE)


def build_autoencoder(
    layout: Layout,
    classes: int,
    latent_dim: int,
    width: int,
    depth: int,
    variance: Variance,
    varies: Tensor,
) -> Autoencoder:
    """Return new networks for a layout, with weights drawn from torch's global generator.

    Args:
        layout: of the values.
        classes: number of classes.
        latent_dim: length of a latent.
        width: channels of the finest level; fully connected networks are `UNITS` times as wide.
        depth: hidden layers of fully connected networks.
        variance: how the variance of numbers is found.
        varies: of `Likelihood`.
    """
    likelihood = Likelihood(layout, varies, variance)
    if len(layout.shape) == 1:
        sizes = (layout, classes, latent_dim, UNITS * width, depth)
        return Autoencoder(MlpEncoder(*sizes), MlpDecoder(*sizes), likelihood)
    return Autoencoder(
        ConvEncoder(layout, classes, latent_dim, width),
        ConvDecoder(layout, classes, latent_dim, width),
        likelihood,
    )
