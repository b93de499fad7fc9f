"""StyleGAN2's networks: their shapes, what they depend on, how they start, their derivatives."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.architectures.square_images import SIZES
from genaug_plugins.architectures.stylegan2 import Stylegan2Architecture


def spec(size: int = 8, channels: int = 1, classes: int = 3) -> SampleSpec:
    names = tuple("abc"[:classes])
    return SampleSpec(modality="image", shape=(channels, size, size), class_names=names, value_range=(-1, 1))


def networks(of: SampleSpec, condition_dim: int = 0, width: int = 4) -> tuple[nn.Module, nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        architecture = Stylegan2Architecture(width=width, max_width=4 * width, latent_dim=5)
        return architecture.networks(of, condition_dim)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def with_noise(generator: nn.Module) -> nn.Module:
    """Return the generator with every layer's noise as strong as it may become by training."""
    for name, parameter in generator.named_parameters():
        if name.endswith("noise.strength"):
            nn.init.constant_(parameter, 0.3)
    return generator


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("channels", "condition_dim"), [(1, 0), (4, 2)])
def test_makes_and_judges_every_size(size: int, channels: int, condition_dim: int) -> None:
    generator, discriminator = networks(spec(size, channels), condition_dim, width=2)
    labels = torch.tensor([0, 1, 2])
    assert generator.latent_dim == 5
    made = generator(noise(3, 5), labels)
    assert made.shape == (3, channels, size, size)
    assert made.abs().max() <= 1
    assert discriminator(made, labels, torch.rand(3, condition_dim)).shape == (3,)


@torch.no_grad()
def test_a_fresh_pair_is_neither_saturated_nor_blind() -> None:
    for size in (8, 32, 64):
        generator, discriminator = networks(spec(size), width=16)
        labels = torch.arange(3).repeat(10)
        made = generator(noise(30, 5), labels)
        assert 0.2 < made.std() < 0.9
        assert made.std(dim=0).mean() > 0.1  # latents and labels matter from the start
        logits = discriminator(made, labels, torch.zeros(30, 0))
        assert 0.05 < logits.std() < 5


@torch.no_grad()
def test_evaluation_draws_nothing_and_looks_at_each_sample_alone() -> None:
    generator = with_noise(networks(spec(16))[0])
    z, labels = noise(4, 5), torch.tensor([0, 1, 2, 0])
    assert (generator(z, labels) - generator(z, labels)).abs().max() > 0.01
    generator.eval()
    before = torch.get_rng_state()
    made = generator(z, labels)
    torch.testing.assert_close(generator(z[1:2], labels[1:2])[0], made[1])
    assert torch.equal(torch.get_rng_state(), before)


@torch.no_grad()
def test_weights_and_fixed_noise_come_back_from_a_saved_state() -> None:
    generator = with_noise(networks(spec())[0]).eval()
    torch.manual_seed(9)
    other = Stylegan2Architecture(width=4, max_width=16, latent_dim=5).networks(spec(), 0)[0].eval()
    z, labels = noise(2, 5), torch.tensor([0, 1])
    assert (other(z, labels) - generator(z, labels)).abs().max() > 0.1
    other.load_state_dict(generator.state_dict())
    assert torch.equal(other(z, labels), generator(z, labels))


@torch.no_grad()
def test_the_length_of_a_latent_does_not_matter() -> None:
    generator = networks(spec())[0].eval()
    z, labels = noise(2, 5), torch.tensor([0, 1])
    torch.testing.assert_close(generator(z, labels), generator(3 * z, labels))


def test_without_noise_training_draws_nothing() -> None:
    torch.manual_seed(0)
    generator, _ = Stylegan2Architecture(width=4, latent_dim=5, noise=False).networks(spec(), 0)
    assert not [name for name, _ in generator.named_parameters() if "noise" in name]
    before = torch.get_rng_state()
    generator(noise(2, 5), torch.tensor([0, 1]))
    assert torch.equal(torch.get_rng_state(), before)


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


@torch.no_grad()
def test_a_logit_knows_how_much_the_minibatch_differs() -> None:
    _, discriminator = networks(spec())
    x, labels, nothing = noise(8, 1, 8, 8), torch.zeros(8, dtype=torch.long), torch.zeros(8, 0)
    alike = torch.cat([x[:1], x[:1] + 0.1 * x[1:]])
    among_others, among_alike = discriminator(x, labels, nothing), discriminator(alike, labels, nothing)
    assert (among_others[0] - among_alike[0]).abs() > 1e-3
    order = torch.tensor([4, 5, 2, 3, 0, 1, 6, 7])  # exchanges samples of one group each
    torch.testing.assert_close(discriminator(x[order], labels, nothing), among_others[order])


@torch.no_grad()
def test_with_one_class_nothing_asks_for_labels() -> None:
    generator, discriminator = networks(spec(classes=1))
    names = [name for network in (generator, discriminator) for name, _ in network.named_parameters()]
    assert not [name for name in names if "embedding" in name]
    z, x, nothing = noise(2, 5), noise(2, 1, 8, 8), torch.zeros(2, 0)
    zeros, any_label = torch.zeros(2, dtype=torch.long), torch.tensor([7, -1])
    torch.testing.assert_close(generator(z, any_label), generator(z, zeros))
    assert torch.equal(discriminator(x, any_label, nothing), discriminator(x, zeros, nothing))


def test_stages_hold_every_parameter_in_the_order_values_pass() -> None:
    _, discriminator = networks(spec(32), 1)
    assert isinstance(discriminator.stages, list)
    passed: list[nn.Module] = []
    for stage in discriminator.stages:
        stage.register_forward_hook(lambda module, inputs, made: passed.append(module))
    discriminator(noise(2, 1, 32, 32), torch.tensor([0, 1]), torch.rand(2, 1))
    assert passed == discriminator.stages
    held = {id(parameter) for stage in discriminator.stages for parameter in stage.parameters()}
    assert held == {id(parameter) for parameter in discriminator.parameters()}


def judged(discriminator: nn.Module, name: str) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the logits as a function of values and of one of the discriminator's weights."""
    labels, s = torch.tensor([0, 2, 1, 1]), torch.rand(4, 1, generator=torch.Generator().manual_seed(0))
    return lambda x, weight: functional_call(discriminator, {name: weight}, (x, labels, s.double()))


@pytest.mark.parametrize("name", ["first.conv.weight", "blocks.0.down.weight", "coarsest.conv.weight"])
def test_the_discriminator_is_twice_differentiable(name: str) -> None:
    discriminator = networks(spec(), 1, width=2)[1].double()
    weight = discriminator.get_parameter(name).detach().clone().requires_grad_()
    x = noise(4, 1, 8, 8).double().requires_grad_()
    logits = judged(discriminator, name)
    assert torch.autograd.gradcheck(logits, (x, weight), fast_mode=True)
    assert torch.autograd.gradgradcheck(logits, (x, weight), fast_mode=True)


def test_the_generator_is_twice_differentiable_in_latents() -> None:
    generator = with_noise(networks(spec(), width=2)[0]).double().eval()
    z, labels = noise(2, 5).double().requires_grad_(), torch.tensor([0, 1])
    assert torch.autograd.gradcheck(lambda z: generator(z, labels), z, fast_mode=True)
    assert torch.autograd.gradgradcheck(lambda z: generator(z, labels), z, fast_mode=True)


def test_low_precision_makes_nearly_the_same() -> None:
    generator, discriminator = networks(spec(16), width=8)
    z, labels, nothing = noise(8, 5), torch.arange(8) % 3, torch.zeros(8, 0)
    made = generator.eval()(z, labels)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(generator(z, labels).float(), made, atol=0.05, rtol=0)
        logits = discriminator(made, labels, nothing).float()
    torch.testing.assert_close(logits, discriminator(made, labels, nothing), atol=0.05, rtol=0.05)


def test_says_early_which_samples_it_can_make() -> None:
    for ask in (Stylegan2Architecture().check_usable, lambda of: Stylegan2Architecture().networks(of, 0)):
        with pytest.raises(DataError, match=r"stylegan2 makes square images of 8, .*, 256 pixels, not 28×28"):
            ask(spec(28))
