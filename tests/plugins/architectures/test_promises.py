"""What every architecture of this package keeps beyond the kit: one class, conditions, stages, starts."""

import pytest
import torch
from torch import Tensor, nn

from genaug import Architecture
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.conv1d import Conv1dArchitecture
from genaug_plugins.architectures.dcgan import DcganArchitecture
from genaug_plugins.architectures.mlp import MlpArchitecture
from genaug_plugins.architectures.resnet import ResnetArchitecture

CASES = {
    "dcgan": (DcganArchitecture(width=8, latent_dim=5), (3, 16, 16)),
    "resnet": (ResnetArchitecture(width=8, latent_dim=5), (3, 16, 16)),
    "resnet-batch": (
        ResnetArchitecture(
            width=8, latent_dim=5, spectral_norm=False, normalization="batch", upsampling="bilinear"
        ),
        (1, 32, 32),
    ),
    "conv1d": (Conv1dArchitecture(width=8, latent_dim=5), (2, 50)),
    "mlp": (MlpArchitecture(width=16, latent_dim=5), (7,)),
}
every = pytest.mark.parametrize(("architecture", "shape"), CASES.values(), ids=CASES.keys())


def spec(shape: tuple[int, ...], classes: int = 3) -> SampleSpec:
    modality = {3: "image", 2: "signal", 1: "vector"}[len(shape)]
    names = tuple("abc"[:classes])
    low_high = (-1.0, 1.0) if modality == "image" else None
    return SampleSpec(modality=modality, shape=shape, class_names=names, value_range=low_high)


def networks(
    architecture: Architecture, shape: tuple[int, ...], condition_dim: int = 0, classes: int = 3
) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return architecture.networks(spec(shape, classes), condition_dim)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@every
@pytest.mark.parametrize("condition_dim", [0, 2])
def test_one_class_is_unconditional(
    architecture: Architecture, shape: tuple[int, ...], condition_dim: int
) -> None:
    generator, discriminator = networks(architecture, shape, condition_dim, classes=1)
    assert not [
        part for part in [*generator.modules(), *discriminator.modules()] if isinstance(part, nn.Embedding)
    ]
    made = generator(noise(4, 5), torch.zeros(4, dtype=torch.long))
    logits = discriminator(made, torch.zeros(4, dtype=torch.long), torch.rand(4, condition_dim))
    assert logits.shape == (4,)
    logits.square().sum().backward()
    for network in (generator, discriminator):
        assert all(parameter.grad is not None for parameter in network.parameters())


@every
def test_stages_hold_all_the_discriminator_learns(architecture: Architecture, shape: tuple[int, ...]) -> None:
    _, discriminator = networks(architecture, shape, 2)
    stages = discriminator.stages
    assert isinstance(stages, list)
    held = [parameter for stage in stages for parameter in stage.parameters()]
    assert {id(parameter) for parameter in held} == {
        id(parameter) for parameter in discriminator.parameters()
    }
    order: list[nn.Module] = []
    for stage in stages:
        stage.register_forward_hook(lambda module, inputs, given: order.append(module))
    discriminator(noise(2, *shape), torch.tensor([0, 1]), torch.rand(2, 2))
    assert order == stages
    assert not [name for name in discriminator.state_dict() if "stages" in name]


@every
@torch.no_grad()
def test_a_fresh_pair_is_neither_saturated_nor_blind(
    architecture: Architecture, shape: tuple[int, ...]
) -> None:
    for seed in range(3):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            wide = architecture.model_copy(update={"width": 16})
            generator, discriminator = wide.networks(spec(shape), 1)
        labels = torch.arange(3).repeat(10)
        made = generator(noise(30, 5), labels)
        assert 0.2 < made.std() < 2
        assert made.std(dim=0).mean() > 0.1  # latents and labels matter from the start
        assert (generator(noise(30, 5), (labels + 1) % 3) - made).abs().mean() > 0.05
        logits = discriminator(made, labels, torch.rand(30, 1))
        # The published sum over pixels makes for large logits, which normalized weights cannot shrink.
        summed = getattr(architecture, "spectral_norm", False)
        assert 0.02 < logits.std() < (40 if summed else 5)


@every
@torch.no_grad()
def test_no_sample_depends_on_the_others_in_evaluation(
    architecture: Architecture, shape: tuple[int, ...]
) -> None:
    generator, discriminator = (network.eval() for network in networks(architecture, shape, 1))
    z, labels, s = noise(4, 5), torch.tensor([0, 1, 2, 0]), torch.rand(4, 1)
    made = generator(z, labels)
    torch.testing.assert_close(generator(z[1:2], labels[1:2])[0], made[1])
    judged = discriminator(made, labels, s)
    torch.testing.assert_close(discriminator(made[1:2], labels[1:2], s[1:2])[0], judged[1])
    assert torch.equal(discriminator(made, labels, s), judged)  # and nothing moves


@every
def test_the_gradient_of_a_gradient_penalty_is_right(
    architecture: Architecture, shape: tuple[int, ...]
) -> None:
    _, discriminator = networks(architecture, shape, 1)
    discriminator = discriminator.double().eval()
    x = noise(2, *shape).double().requires_grad_()
    labels, s = torch.tensor([0, 2]), torch.rand(2, 1).double()

    def penalty() -> Tensor:
        (slope,) = torch.autograd.grad(discriminator(x, labels, s).sum(), x, create_graph=True)
        return slope.square().sum()

    parameter = next(part for name, part in discriminator.named_parameters() if "bias" not in name)
    (by_autograd,) = torch.autograd.grad(penalty(), parameter)
    direction = noise(*parameter.shape, seed=1).double()
    step = 1e-6
    with torch.no_grad():
        parameter += step * direction
    above = penalty().item()
    with torch.no_grad():
        parameter -= 2 * step * direction
    expected = (above - penalty().item()) / (2 * step)
    assert (by_autograd * direction).sum().item() == pytest.approx(expected, rel=1e-4)


@every
def test_samples_of_another_modality_are_refused(architecture: Architecture, shape: tuple[int, ...]) -> None:
    for other in ((1, 16, 16), (1, 32), (4,)):
        if len(other) != len(shape):
            with pytest.raises(
                DataError, match=f"^{architecture.name} makes .*: name an architecture that does"
            ):
                architecture.networks(spec(other), 0)
        else:
            architecture.check_usable(spec(other))
