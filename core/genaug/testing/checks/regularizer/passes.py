"""Training steps of a regularizer with small networks, for its checks."""

from typing import Any

import torch
from torch import Tensor, nn

from genaug.adversarial.discriminator_pass import (
    Batch,
    Discriminate,
    DiscriminatorPass,
    GeneratorPass,
    Logits,
    Rows,
)
from genaug.contracts import ActiveRegularizer, Regularizer, Training
from genaug.testing.material import Material
from genaug.testing.tiny_networks import TinyDiscriminator, TinyGenerator
from genaug.testing.watch import digest

COUNT, STEPS = 6, 12
WHOLE, PARTS = Rows(0, COUNT, COUNT), (Rows(0, 2, COUNT), Rows(2, COUNT, COUNT))
Networks = tuple[TinyGenerator, TinyDiscriminator]


def attach(
    regularizer: Regularizer, material: Material, random: torch.Generator | None = None
) -> ActiveRegularizer:
    """Attach a regularizer to a training of the material."""
    random = random or torch.Generator().manual_seed(0)
    return regularizer.attach(Training(material.spec, steps=50, batch_size=COUNT, random=random))


def attach_and_train(
    regularizer: Regularizer, material: Material, random: torch.Generator | None = None
) -> tuple[ActiveRegularizer, Networks]:
    """Return the active regularizer after some steps, with its networks."""
    active = attach(regularizer, material, random)
    networks = make_networks(active, material)
    for _ in range(STEPS):
        active.observe(logits_of(make_pass(active, material, networks)))
    return active, networks


def course_of(active: ActiveRegularizer, material: Material) -> str:
    """Return a digest of everything it does over some steps."""
    networks, seen = make_networks(active, material), list[Any]()
    for _ in range(STEPS):
        d = make_pass(active, material, networks)
        g = make_generator_pass(active, material, networks)
        penalties = [active.penalty(d), active.generator_penalty(g)]
        active.observe(logits_of(d))
        seen.append([d.real, d.fake, penalties, active.logs(), active.state()])
    return digest(seen)


def make_networks(active: ActiveRegularizer, material: Material) -> Networks:
    """Return a small generator and a discriminator that takes its condition."""
    random = torch.Generator().manual_seed(1)
    return (
        TinyGenerator(material.spec, random),
        TinyDiscriminator(material.spec, active.condition_dim, random),
    )


def make_pass(
    active: ActiveRegularizer,
    material: Material,
    networks: tuple[TinyGenerator, Discriminate],
    rows: Rows = WHOLE,
    alike: bool = False,
) -> DiscriminatorPass:
    """Return a pass of the discriminator over augmented batches, or over some rows of them."""
    generator, discriminate = networks
    real, fake = (
        part_of(active.augment(batch), rows)
        for batch in (real_batch(material, alike=alike), fake_batch(material, alike))
    )
    latents = rows.of(some_latents(alike))
    return DiscriminatorPass(discriminate, real, fake, latents=latents, generate=generator, rows=rows)


def make_generator_pass(
    active: ActiveRegularizer,
    material: Material,
    networks: Networks,
    rows: Rows = WHOLE,
    alike: bool = False,
) -> GeneratorPass:
    """Return a pass of the generator, and of the discriminator over its augmented samples."""
    generator, discriminator = networks
    latents, labels = some_latents(alike), real_batch(material, alike=alike).labels
    values = generator(latents, labels)
    seen = part_of(active.augment(Batch(values, labels, torch.zeros(COUNT, 0))), rows)
    logits = discriminator(seen.values, seen.labels, seen.condition)
    return GeneratorPass(rows.of(latents), rows.of(labels), rows.of(values), logits, generator, rows)


def logits_of(d: DiscriminatorPass) -> Logits:
    """Return the logits of a pass, detached."""
    return Logits(d.real_logits.detach(), d.fake_logits.detach())


def real_batch(material: Material, width: int = 0, alike: bool = False) -> Batch:
    """Return training samples with `width` columns of other regularizers; `alike`: one sample, repeated."""
    samples = material.train().samples
    rows = torch.arange(COUNT) * (not alike)
    condition = torch.linspace(0, 1, COUNT * width).reshape(COUNT, width)
    return Batch(torch.from_numpy(samples.values)[rows], torch.from_numpy(samples.labels)[rows], condition)


def fake_batch(material: Material, alike: bool = False) -> Batch:
    """Return generated samples with the labels of the real ones."""
    labels = real_batch(material, alike=alike).labels
    generator = TinyGenerator(material.spec, torch.Generator().manual_seed(2))
    return Batch(generator(some_latents(alike), labels).detach(), labels, torch.zeros(COUNT, 0))


def some_latents(alike: bool = False) -> Tensor:
    """Return latents, the same each time; `alike`: one latent, repeated."""
    latents = torch.randn(COUNT, TinyGenerator.latent_dim, generator=torch.Generator().manual_seed(3))
    return latents[:1].repeat(COUNT, 1) if alike else latents


def part_of(batch: Batch, rows: Rows) -> Batch:
    """Return some rows of a batch."""
    return Batch(rows.of(batch.values), rows.of(batch.labels), rows.of(batch.condition))


def nearly_equal(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors are equal but for rounding."""
    return torch.allclose(one, other, rtol=1e-4, atol=1e-5, equal_nan=True)


def check_penalty(penalty: Tensor | None, network: nn.Module) -> None:
    """Check that a penalty is None, or a finite scalar that reaches the network's parameters."""
    if penalty is None:
        return
    assert penalty.shape == (), f"the penalty has shape {tuple(penalty.shape)}"
    assert torch.isfinite(penalty), f"the penalty is {penalty.item()}"
    if penalty.item() != 0:
        assert penalty.requires_grad, "no gradient flows from the penalty"
        found = torch.autograd.grad(penalty, list(network.parameters()), allow_unused=True)
        assert any(part is not None and part.any() for part in found), "the penalty reaches no parameter"
