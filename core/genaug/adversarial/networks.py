"""The two networks of a training, with checks of their outputs; a failure names the architecture."""

from torch import Tensor, nn

from genaug.adversarial.discriminator_pass import Discriminate, Generate
from genaug.components.blame import blaming, failed
from genaug.contracts import Architecture
from genaug.data import SampleSpec
from genaug.training.precision import Forward


def build_networks(
    architecture: Architecture, spec: SampleSpec, condition_dim: int
) -> tuple[nn.Module, nn.Module]:
    """Return a new generator and discriminator, with weights drawn from torch's global generator.

    Raises:
        DataError: if the architecture does not support such samples.
        PluginFailed: if it does not return two networks, or the first has no `latent_dim`.
    """
    with blaming(architecture):
        networks = architecture.networks(spec, condition_dim)
    if (
        not isinstance(networks, tuple)
        or len(networks) != 2
        or not all(isinstance(network, nn.Module) for network in networks)
    ):
        raise failed(architecture, "must return a pair of torch modules: a generator and a discriminator")
    if not isinstance(getattr(networks[0], "latent_dim", None), int):
        raise failed(architecture, "returned a generator without an integer attribute `latent_dim`")
    return networks


def checked_generator(forward: Forward, architecture: Architecture, spec: SampleSpec) -> Generate:
    """Return G, ``(latents [n, Z], labels [n]) -> values [n, *shape]``.

    It raises PluginFailed if the network fails or returns values of another shape.
    """

    def generate(latents: Tensor, labels: Tensor) -> Tensor:
        with blaming(architecture):
            values = forward(latents, labels)
        expected = (len(latents), *spec.shape)
        if values.shape != expected:
            raise failed(
                architecture,
                f"has a generator that made values of shape {tuple(values.shape)}, not {expected}",
            )
        return values

    return generate


def checked_discriminator(forward: Forward, architecture: Architecture) -> Discriminate:
    """Return f, ``(values [n, *shape], labels [n], condition [n, K]) -> logits [n]``.

    It raises PluginFailed if the network fails or returns logits of another shape.
    """

    def discriminate(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        with blaming(architecture):
            logits = forward(values, labels, condition)
        if logits.shape != (len(values),):
            raise failed(
                architecture,
                f"has a discriminator that made logits of shape {tuple(logits.shape)}, not {(len(values),)}",
            )
        return logits

    return discriminate
