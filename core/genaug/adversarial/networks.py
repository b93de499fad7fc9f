"""The two networks as the step calls them: outputs are checked, and a failure names the architecture."""

from torch import Tensor, nn

from genaug.adversarial.discriminator_pass import Discriminate, Generate
from genaug.components.blame import blaming, failed
from genaug.contracts import Architecture
from genaug.data import SampleSpec
from genaug.training.precision import Forward


def build_networks(
    architecture: Architecture, spec: SampleSpec, condition_dim: int
) -> tuple[nn.Module, nn.Module]:
    """Return a fresh generator and discriminator; randomness comes from torch's global generator.

    Raises:
        DataError: where the architecture cannot make such samples.
        PluginFailed: where it returns something else than two networks, the first with a `latent_dim`.
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

    It raises PluginFailed where the network fails or returns values of another shape.
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

    It raises PluginFailed where the network fails or returns logits of another shape.
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
