"""Scaling: its laws, what the discriminator is told, and the controller of T."""

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from genaug import Training
from genaug.data import SampleSpec
from genaug.data.discriminator_pass import Batch, DiscriminatorPass
from genaug_plugins.regularizers.scaling import ActiveScaling, ScalingRegularizer, signal_scales

SPEC = SampleSpec(modality="signal", shape=(1, 4), class_names=("a",))
LAWS = ["diffusion", "uniform", "log-uniform", "constant"]


def attached(seed: int = 0, batch_size: int = 64, **settings: object) -> ActiveScaling:
    training = Training(SPEC, 100, batch_size, torch.Generator().manual_seed(seed))
    return ScalingRegularizer.model_validate(settings).attach(training)


def batch(count: int = 64) -> Batch:
    values = torch.randn(count, 1, 4, generator=torch.Generator().manual_seed(7))
    return Batch(values, torch.zeros(count, dtype=torch.long), torch.full((count, 1), 9.0))


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("s_min", [0.05, 0.4, 1.0])
def test_scales_stay_between_the_smallest_and_one(law: str, s_min: float) -> None:
    active = attached(law=law, s_min=s_min, half_clean=False)
    active.p = 0.9
    scales = active.draw(5000)
    assert scales.min() >= torch.tensor(s_min)
    assert scales.max() <= 1


def test_diffusion_reaches_as_far_as_diffusion_gan() -> None:
    known = {10: 0.951, 50: 0.777, 100: 0.603, 200: 0.364, 500: 0.080, 1000: 0.006}
    for T, s in known.items():
        assert signal_scales(T)[-1].item() == pytest.approx(s, abs=6e-4)
        assert (signal_scales(T).diff() < 0).all()


@pytest.mark.parametrize("priority", [True, False])
def test_diffusion_draws_t_by_priority_or_uniformly(priority: bool) -> None:
    active = attached(priority=priority, half_clean=False, s_min=1e-3)
    scales = active.draw(60_000)
    t = torch.bucketize(-scales, -signal_scales(10)) + 1  # which of the ten it is
    shares = torch.bincount(t, minlength=11)[1:] / 60_000
    expected = torch.arange(1, 11) / 55 if priority else torch.full((10,), 0.1)
    assert shares.tolist() == pytest.approx(expected.tolist(), abs=0.01)


def test_the_other_laws_have_their_means() -> None:
    draw = {law: attached(law=law, s_min=0.1, half_clean=False).draw(40_000) for law in LAWS}
    assert draw["uniform"].mean().item() == pytest.approx(0.55, abs=0.01)
    assert draw["log-uniform"].log10().mean().item() == pytest.approx(-0.5, abs=0.01)
    assert (draw["constant"] == torch.tensor(0.1)).all()


@pytest.mark.parametrize(("count", "clean"), [(64, 32), (7, 3), (1, 0)])
def test_half_of_a_batch_stays_clean(count: int, clean: int) -> None:
    scales = attached(law="constant", s_min=0.5).draw(count)
    assert int((scales == 1).sum()) == clean
    assert int((scales == 0.5).sum()) == count - clean


def test_scales_the_values_and_tells_the_scale() -> None:
    given = batch()
    seen = attached(law="uniform").view(given)
    assert seen.condition.shape == (64, 2)
    assert (seen.condition[:, 0] == 9).all()
    torch.testing.assert_close(seen.values, given.values * seen.condition[:, 1, None, None])
    assert torch.equal(seen.labels, given.labels)


def test_draws_apart_for_each_batch() -> None:
    active = attached(law="uniform", half_clean=False)
    assert (active.view(batch()).condition[:, 1] != active.view(batch()).condition[:, 1]).all()


def test_noise_is_that_of_diffusion_gan() -> None:
    given = batch(20_000)
    seen = attached(law="constant", s_min=0.6, half_clean=False, noise=0.05).view(given)
    noise = seen.values - 0.6 * given.values
    assert noise.std().item() == pytest.approx((1 - 0.36) ** 0.5 * 0.05, rel=0.02)
    clean = attached(law="constant", s_min=1.0, noise=0.05).view(given)
    assert torch.equal(clean.values, given.values)


def observed(logit: float, active: ActiveScaling, times: int = 4) -> None:
    def constant(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return values.flatten(1).sum(1) * 0 + logit

    for _ in range(times):
        active.observe(DiscriminatorPass(constant, batch(), batch()))


def test_the_reach_grows_while_real_is_told_too_well_and_shrinks_while_it_is_not() -> None:
    active = attached(adapt_kimg=2.56)  # 64·4 samples of 2560: a tenth of the way a move
    assert active.reach == 10
    observed(3.0, active, 3)
    assert active.p == 0  # a move every fourth step
    observed(3.0, active, 1)
    assert active.p == pytest.approx(0.1)
    assert active.reach == 10 + 99
    assert active.logs() == {"T": 109.0}
    observed(3.0, active, 4 * 20)
    assert (active.p, active.reach) == (1.0, 1000)
    observed(-1.0, active)
    assert active.p == pytest.approx(0.9)
    observed(-1.0, active, 4 * 20)
    assert (active.p, active.reach) == (0.0, 10)


def test_more_reach_means_smaller_scales() -> None:
    active = attached(half_clean=False)
    near = active.draw(1000).mean()
    active.p = 0.5
    assert active.draw(1000).mean() < near - 0.2


def test_only_the_diffusion_law_adapts() -> None:
    active = attached(law="uniform")
    observed(3.0, active)
    assert active.logs() == {}
    assert active.state() == {"p": 0.0, "signs": []}


def test_state_comes_back() -> None:
    active, other = attached(), attached()
    observed(3.0, active, 6)
    other.restore(active.state())
    assert other.state() == active.state() == {"p": active.p, "signs": [1.0, 1.0]}
    observed(3.0, active, 2)
    observed(3.0, other, 2)
    assert other.p == active.p > 0


def test_refuses_bounds_out_of_order() -> None:
    with pytest.raises(ValidationError, match=r"t_min \(20\) must not be above t_max \(10\)"):
        ScalingRegularizer(t_min=20, t_max=10)
