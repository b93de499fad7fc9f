"""Diffusion-GAN's noise: its size, what is told, and that it is a scaling otherwise."""

import pytest
import torch
from pydantic import ValidationError

from genaug import ActiveRegularizer, Training
from genaug.adversarial.discriminator_pass import Batch, Logits
from genaug.contracts.regularizer import RegularizerContext
from genaug.data import SampleSpec
from genaug_plugins.regularizers.active_scaling import signal_scales
from genaug_plugins.regularizers.diffusion_noise import DiffusionNoiseRegularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer

SPEC = SampleSpec(modality="signal", shape=(1, 4), class_names=("a",))


def attached(regularizer: type = DiffusionNoiseRegularizer, **settings: object) -> ActiveRegularizer:
    training = Training(SPEC, 100, 64, torch.Generator().manual_seed(0))
    active: ActiveRegularizer = regularizer.model_validate(settings).attach(training)  # type: ignore[attr-defined]
    return active


def batch(count: int) -> Batch:
    values = torch.randn(count, 1, 4, generator=torch.Generator().manual_seed(7))
    return Batch(values, torch.zeros(count, dtype=torch.long), torch.full((count, 1), 9.0))


@pytest.mark.parametrize("sigma", [0.05, 0.5])
def test_adds_noise_of_the_size_of_what_the_scaling_took(sigma: float) -> None:
    given = batch(40_000)
    seen = attached(sigma=sigma, half_clean=False, t_min=1000).augment(given)
    s = seen.condition[:, 1, None, None]
    assert (seen.condition[:, 0] == 9).all()
    noise = seen.values - s * given.values
    torch.testing.assert_close((noise / (1 - s.square()).sqrt()).std().item(), sigma, rtol=0.01, atol=0)
    assert noise.mean().item() == pytest.approx(0, abs=sigma / 100)
    assert torch.equal(s.min(), signal_scales(1000)[-1])  # .006: no depth is cut off


def test_clean_samples_have_no_noise() -> None:
    given = batch(64)
    seen = attached().augment(given)
    clean = seen.condition[:, 1] == 1
    assert clean.sum() == 32
    assert torch.equal(seen.values[clean], given.values[clean])
    assert (seen.values[~clean] != given.values[~clean]).all()


def test_without_noise_it_is_the_scaling() -> None:
    one, other = attached(sigma=0), attached(ScalingRegularizer, s_min=1e-6)
    assert one.condition_dim == other.condition_dim == 1
    for _ in range(8):
        assert torch.equal(one.augment(batch(64)).values, other.augment(batch(64)).values)
        for active in (one, other):
            active.observe(Logits(torch.ones(64), torch.ones(64)))
        assert one.logs() == other.logs()
        assert one.state() == other.state()
    fresh = attached(sigma=0)
    fresh.restore(one.state())
    assert fresh.state() == one.state() != attached().state()


def test_refuses_a_second_scaling_and_logits_without_a_sign() -> None:
    regularizer = DiffusionNoiseRegularizer()
    regularizer.check_context(RegularizerContext("hinge", True, (), ()))
    for other in (ScalingRegularizer(), DiffusionNoiseRegularizer()):
        with pytest.raises(ValueError, match=f"{other.name} scales them again: keep one"):
            regularizer.check_context(RegularizerContext("hinge", True, (), (other,)))
    with pytest.raises(ValueError, match="'wasserstein' have no zero between real and fake: fix T"):
        regularizer.check_context(RegularizerContext("wasserstein", False, (), ()))
    DiffusionNoiseRegularizer(t_min=500, t_max=500).check_context(
        RegularizerContext("wasserstein", False, (), ())
    )


def test_refuses_bounds_out_of_order() -> None:
    with pytest.raises(ValidationError, match=r"t_min \(20\) must not be above t_max \(10\)"):
        DiffusionNoiseRegularizer(t_min=20, t_max=10)
