"""What an architecture must do."""

from typing import Any

import torch
from torch import Tensor, nn

from genaug.contracts import Architecture
from genaug.testing.dependencies import foundation
from genaug.testing.material import Material
from genaug.testing.watch import no_error, no_global_randomness, other_global_randomness

COUNT, CONDITION = 6, 3


@foundation
def makes_samples(architecture: Architecture, material: Material) -> None:
    """Turn latents and labels into finite samples of the spec's shape, within its range."""
    with no_error("when its networks are made, and the generator is called"):
        generator, _ = _networks(architecture, material)
        values = generator(*_latents(generator, material)).detach()
    assert values.shape == (COUNT, *material.shape), (
        f"the generator returns {tuple(values.shape)}, not {(COUNT, *material.shape)}: {COUNT} samples"
    )
    assert values.dtype == torch.float32, f"the generator returns {values.dtype}, not torch.float32"
    assert torch.isfinite(values).all(), "the generator returns NaN or infinite values"
    if material.spec.value_range is not None:
        low, high = material.spec.value_range
        assert values.min() >= low, (
            f"a value of {values.min():.4g} is below the value range, which begins at {low:g}"
        )
        assert values.max() <= high, (
            f"a value of {values.max():.4g} is above the value range, which ends at {high:g}"
        )


@foundation
def gives_each_sample_a_logit(architecture: Architecture, material: Material) -> None:
    """Return one finite logit for each sample, with and without a condition."""
    for width in (0, CONDITION):
        _, discriminator = _networks(architecture, material, width)
        with no_error(f"when the discriminator is called with condition_dim {width}"):
            logits = discriminator(*_seen(material, width))
        assert logits.shape == (COUNT,), (
            f"logits are {tuple(logits.shape)}, not ({COUNT},), for condition_dim {width}"
        )
        assert torch.isfinite(logits).all(), f"a logit is NaN or infinite for condition_dim {width}"


def uses_the_condition(architecture: Architecture, material: Material) -> None:
    """Let the condition change the logits, or how the discriminator learns."""
    _, discriminator = _networks(architecture, material)
    values, labels, condition = _seen(material)
    one = _effect(discriminator, (values, labels, condition))
    other = _effect(discriminator, (values, labels, condition + 1))
    assert not torch.equal(one, other), "the discriminator ignores its condition"


def uses_the_labels(architecture: Architecture, material: Material) -> None:
    """Let the labels change the outputs of both networks, or how they learn."""
    generator, discriminator = _networks(architecture, material)
    latents, labels = _latents(generator, material)
    others = (labels + 1) % material.spec.classes
    assert not torch.equal(_effect(generator, (latents, labels)), _effect(generator, (latents, others))), (
        "the generator ignores the labels"
    )
    values, labels, condition = _seen(material)
    one = _effect(discriminator, (values, labels, condition))
    other = _effect(discriminator, (values, others, condition))
    assert not torch.equal(one, other), "the discriminator ignores the labels"


def is_twice_differentiable(architecture: Architecture, material: Material) -> None:
    """Let a penalty on the discriminator's input gradient reach its parameters."""
    _, discriminator = _networks(architecture, material)
    values, labels, condition = _seen(material)
    values.requires_grad_()
    logits = discriminator(values, labels, condition)
    with no_error("when its input gradient is differentiated again"):
        (gradient,) = torch.autograd.grad(logits.sum(), values, create_graph=True)
        penalty = gradient.square().sum()
        second = torch.autograd.grad(penalty, list(discriminator.parameters()), allow_unused=True)
    reached = [part for part in second if part is not None]
    assert all(torch.isfinite(part).all() for part in reached), "the second derivative is not finite"
    assert any(part.any() for part in reached), "a penalty on the input gradient changes no parameter"


def reaches_every_parameter(architecture: Architecture, material: Material) -> None:
    """Use every parameter: a finite gradient arrives at each."""
    generator, discriminator = _networks(architecture, material)
    for name, network, inputs in (
        ("generator", generator, _latents(generator, material)),
        ("discriminator", discriminator, _seen(material)),
    ):
        network(*inputs).square().sum().backward()
        for path, parameter in network.named_parameters():
            if parameter.requires_grad:
                assert parameter.grad is not None, f"no gradient reaches {path} of the {name}"
                assert torch.isfinite(parameter.grad).all(), (
                    f"the gradient of {path} of the {name} is not finite"
                )


def starts_the_same_for_the_same_seed(architecture: Architecture, material: Material) -> None:
    """Draw the initial weights from torch's global generator and from nothing else."""
    weights = []
    for seed in (0, 0, 1):
        generator, discriminator = _networks(architecture, material, seed=seed)
        weights.append({**generator.state_dict(prefix="g."), **discriminator.state_dict(prefix="d.")})
    first, again, other = weights
    assert first.keys() == again.keys(), "the same seed gives other parameters"
    assert all(torch.equal(first[name], again[name]) for name in first), "the same seed gives other weights"
    assert any(not torch.equal(first[name], other[name]) for name in first), (
        "every seed gives the same weights"
    )


def draws_nothing_when_evaluated(architecture: Architecture, material: Material) -> None:
    """Return the same for the same inputs in evaluation mode, for any state of torch's global generator."""
    generator, discriminator = _networks(architecture, material)
    for name, network, inputs in (
        ("generator", generator, _latents(generator, material)),
        ("discriminator", discriminator, _seen(material)),
    ):
        network.eval()
        with torch.no_grad(), no_global_randomness(f"the {name} in evaluation mode"):
            first = network(*inputs)
        with torch.no_grad(), other_global_randomness():
            again = network(*inputs)
        assert torch.equal(first, again), f"the {name} returns other values each time in evaluation mode"


def names_its_stages(architecture: Architecture, material: Material) -> None:
    """List in ``stages``, where the discriminator has it, modules of its own that can be frozen."""
    _, discriminator = _networks(architecture, material)
    stages = getattr(discriminator, "stages", None)
    if stages is None:
        return
    own = {id(module) for module in discriminator.modules()} - {id(discriminator)}
    for number, stage in enumerate(stages):
        assert id(stage) in own, f"stage {number} is not a module of the discriminator"
    frozen = [id(parameter) for stage in stages for parameter in stage.parameters()]
    assert frozen, "the stages have no parameters to freeze"
    assert len(frozen) == len(set(frozen)), "two stages share a parameter"


def works_with_one_class(architecture: Architecture, material: Material) -> None:
    """Make samples and logits where there is only one class, so that labels carry no information."""
    only = material.spec.model_copy(update={"class_names": material.spec.class_names[:1]})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        with no_error("where the spec has one class"):
            generator, discriminator = architecture.networks(only, CONDITION)
    latents, _ = _latents(generator, material)
    values, _, condition = _seen(material)
    labels = torch.zeros(COUNT, dtype=torch.int64)
    for name, network, inputs in (
        ("generator", generator, (latents, labels)),
        ("discriminator", discriminator, (values, labels, condition)),
    ):
        with no_error(f"in the {name} where the spec has one class"):
            given = network(*inputs)
        assert torch.isfinite(given).all(), f"with one class the {name} returns NaN or infinite values"


def _networks(
    architecture: Architecture, material: Material, width: int = CONDITION, seed: int = 0
) -> tuple[Any, nn.Module]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return architecture.networks(material.spec, width)


def _latents(generator: Any, material: Material) -> tuple[Tensor, Tensor]:
    width = generator.latent_dim
    assert isinstance(width, int), f"latent_dim must be a whole number, not {width!r}"
    assert width >= 1, f"latent_dim must be at least 1, not {width}"
    latents = torch.randn(COUNT, width, generator=torch.Generator().manual_seed(0))
    return latents, torch.arange(COUNT) % material.spec.classes


def _seen(material: Material, width: int = CONDITION) -> tuple[Tensor, Tensor, Tensor]:
    samples = material.train().samples
    values, labels = torch.from_numpy(samples.values[:COUNT]), torch.from_numpy(samples.labels[:COUNT])
    return values, labels, torch.rand(COUNT, width, generator=torch.Generator().manual_seed(0))


def _effect(network: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
    """Return what a network gives and the gradients it learns from, in one vector."""
    with torch.random.fork_rng(devices=[]):  # dropout, noise layers
        torch.manual_seed(0)
        given = network(*inputs)
    weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
    # A layer that starts at zero shows in its gradient, not yet in the output.
    gradients = torch.autograd.grad(given.square().sum() + given.sum(), weights, allow_unused=True)
    seen = [given, *(part for part in gradients if part is not None)]
    return torch.cat([part.detach().flatten() for part in seen])
