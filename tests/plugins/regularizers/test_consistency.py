"""Consistency: each mode against its formula, and what cannot go together."""

import pytest
import torch
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Rows
from genaug.contracts import ActiveRegularizer, RegularizerContext
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.consistency import ConsistencyRegularizer
from genaug_plugins.regularizers.diffaugment import DiffaugmentRegularizer
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer

COUNT = 500
IMAGES = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a",), value_range=(-1, 1))


def attached(**settings: object) -> ActiveRegularizer:
    training = Training(IMAGES, 100, COUNT, torch.Generator().manual_seed(0))
    return ConsistencyRegularizer.model_validate(settings).attach(training)


def generate(latents: Tensor, labels: Tensor) -> Tensor:
    """Return images whose every pixel is 3·z."""
    return (3 * latents[:, :1, None, None]).expand(-1, 1, 8, 8)


def mean(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
    return values.mean((1, 2, 3))


def top_left(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
    return values[:, 0, 0, 0]


def ramp(slope: float) -> Batch:
    """Return images that rise by `slope` from pixel to pixel, left to right."""
    values = (slope * torch.arange(8.0)).expand(COUNT, 1, 8, 8).contiguous()
    return Batch(values, torch.zeros(COUNT, dtype=torch.long), torch.zeros(COUNT, 0))


def looked(discriminator: object, real: Batch, fake: Batch) -> DiscriminatorPass:
    latents = torch.linspace(-1, 1, COUNT)[:, None]
    return DiscriminatorPass(discriminator, real, fake, latents=latents, generate=generate)  # type: ignore[arg-type]


def test_cr_is_the_square_of_what_the_transformation_changes() -> None:
    # Shifts by −1, 0, 1 show pixel 1, 0 and, mirrored, 1 at the left: 2/3 of the squares are slope².
    penalty = attached(mode="cr", flip=False).penalty(looked(top_left, ramp(2.0), ramp(5.0)))
    assert penalty.item() == pytest.approx(10 * 2 / 3 * 2.0**2, rel=0.1)


def test_a_flip_shows_the_other_end() -> None:
    # Mirrored, the left pixel is 7, or 6 when shifted: ½·⅔·1 + ½·(⅓·49 + ⅔·36).
    penalty = attached(mode="cr").penalty(looked(top_left, ramp(1.0), ramp(1.0)))
    assert penalty.item() == pytest.approx(10 * (1 / 3 + 49 / 6 + 12), rel=0.1)


def test_bcr_adds_the_same_of_the_fakes() -> None:
    d = looked(top_left, ramp(2.0), ramp(1.0))
    penalty = attached(mode="bcr", flip=False, real=1.0, fake=100.0).penalty(d)
    assert penalty.item() == pytest.approx(2 / 3 * 4 + 100 * 2 / 3, rel=0.1)
    # with weight 0 for the fakes only the real ones are left
    one = attached(mode="bcr", flip=False, fake=0.0).penalty(d)
    assert one.item() == pytest.approx(attached(mode="cr", flip=False).penalty(d).item())


def test_what_the_transformation_does_not_change_costs_nothing() -> None:
    flat = ramp(0.0)
    assert attached(mode="bcr").penalty(looked(top_left, flat, flat)).item() == 0


def test_zcr_is_the_square_of_what_the_latent_changes() -> None:
    latents = torch.linspace(-1, 1, COUNT)[:, None]
    fake = Batch(generate(latents, latents), torch.zeros(COUNT, dtype=torch.long), torch.zeros(COUNT, 0))
    penalty = attached(mode="zcr", sigma=0.1).penalty(looked(mean, ramp(1.0), fake))
    assert penalty.item() == pytest.approx(20 * 9 * 0.1**2, rel=0.2)


def test_zcr_rewards_a_generator_that_follows_its_latent() -> None:
    latents = torch.linspace(-1, 1, COUNT)[:, None].requires_grad_()
    labels, rows = torch.zeros(COUNT, dtype=torch.long), Rows(0, COUNT, COUNT)
    slope = torch.tensor(3.0, requires_grad=True)

    def sloped(latents: Tensor, labels: Tensor) -> Tensor:
        return slope * latents[:, :1, None, None].expand(-1, 1, 8, 8)

    values = sloped(latents, labels)
    g = GeneratorPass(latents, labels, values, mean(values, labels, labels), sloped, rows)
    penalty = attached(mode="zcr", sigma=0.1).generator_penalty(g)
    assert penalty is not None
    assert penalty.item() == pytest.approx(-0.5 * 9 * 0.1**2, rel=0.2)
    (gradient,) = torch.autograd.grad(penalty, slope)
    assert gradient.item() == pytest.approx(
        2 * penalty.item() / 3, rel=1e-4
    )  # −½·s²·σ², so steeper is better
    assert attached(mode="bcr").generator_penalty(g) is None


def test_icr_is_bcr_and_zcr() -> None:
    latents = torch.linspace(-1, 1, COUNT)[:, None]
    fake = Batch(generate(latents, latents), torch.zeros(COUNT, dtype=torch.long), torch.zeros(COUNT, 0))
    d = looked(top_left, ramp(2.0), fake)
    expected = attached(mode="bcr", flip=False).penalty(d) + 20 * 9 * 0.1**2
    penalty = attached(mode="icr", flip=False, sigma=0.1).penalty(d)
    assert penalty.item() == pytest.approx(expected.item(), rel=0.1)


def test_zcr_stands_beside_no_view() -> None:
    others = (R1Regularizer(), ScalingRegularizer())
    with pytest.raises(ValueError, match=r"scaling would augment them.* `mode: bcr`"):
        ConsistencyRegularizer(mode="zcr").check_context(RegularizerContext("hinge", True, others, ()))
    with pytest.raises(ValueError, match="diffaugment would augment"):
        ConsistencyRegularizer(mode="icr").check_context(
            RegularizerContext("hinge", True, (), (DiffaugmentRegularizer(),))
        )
    ConsistencyRegularizer(mode="bcr").check_context(RegularizerContext("hinge", True, others, ()))
    ConsistencyRegularizer(mode="zcr").check_context(RegularizerContext("hinge", True, others[:1], ()))


def test_only_zcr_suits_what_is_no_image() -> None:
    signals = SampleSpec(modality="signal", shape=(1, 8), class_names=("a",))
    ConsistencyRegularizer(mode="zcr").check_usable(signals)
    with pytest.raises(DataError, match="`mode: zcr`"):
        ConsistencyRegularizer().check_usable(signals)
