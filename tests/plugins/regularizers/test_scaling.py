"""Scaling: its laws, what the discriminator is told, and the controller of T."""

import pytest
import torch
from pydantic import ValidationError

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, Logits
from genaug.contracts.regularizer import RegularizerContext
from genaug.data import SampleSpec
from genaug_plugins.regularizers.active_scaling import ActiveScaling, draw_scales, scaled, signal_scales
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.scaling import Law, ScalingRegularizer

SPEC = SampleSpec(modality="signal", shape=(1, 4), class_names=("a",))
LAWS: list[Law] = ["diffusion", "uniform", "log-uniform", "constant"]


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
    active.restore({"p": 0.9, "signs": 0.0, "seen": 0})
    scales = active.draw_scales(5000)
    assert scales.min() >= torch.tensor(s_min)
    assert scales.max() <= 1


def test_diffusion_reaches_as_far_as_diffusion_gan() -> None:
    known = {10: 0.951, 50: 0.777, 100: 0.603, 200: 0.364, 500: 0.080, 1000: 0.006}
    for T, s in known.items():
        assert signal_scales(T)[-1].item() == pytest.approx(s, abs=6e-4)
        assert (signal_scales(T).diff() < 0).all()


def test_the_table_is_the_product_and_stays_beyond_its_reach() -> None:
    for T in (1, 2, 37):
        beta = torch.linspace(1e-4, 2e-2, T, dtype=torch.float64)
        expected = torch.cumprod(1 - beta, dim=0).sqrt().float()
        torch.testing.assert_close(signal_scales(T), expected)
        table = signal_scales(torch.tensor(float(T)), 50)
        torch.testing.assert_close(table[:T], expected)
        assert (table[T:] == table[T - 1]).all()


@pytest.mark.parametrize("law", LAWS)
def test_scales_are_drawn_without_a_training(law: Law) -> None:
    scales = draw_scales(law, 1000, torch.Generator().manual_seed(0), s_min=0.2, half_clean=True, T=300)
    assert scales.shape == (1000,)
    assert scales.min() >= torch.tensor(0.2)
    assert scales.max() == 1
    assert (scales == 1).sum() >= 500
    values = torch.ones(1000, 2, 3)
    assert torch.equal(scaled(values, scales), scales[:, None, None].expand(1000, 2, 3))


@pytest.mark.parametrize("priority", [True, False])
def test_diffusion_draws_t_by_priority_or_uniformly(priority: bool) -> None:
    active = attached(priority=priority, half_clean=False, s_min=1e-3)
    scales = active.draw_scales(60_000)
    t = torch.bucketize(-scales, -signal_scales(10)) + 1  # which of the ten it is
    shares = torch.bincount(t, minlength=11)[1:] / 60_000
    expected = torch.arange(1, 11) / 55 if priority else torch.full((10,), 0.1)
    assert shares.tolist() == pytest.approx(expected.tolist(), abs=0.01)


def test_the_other_laws_have_their_means() -> None:
    draw = {law: attached(law=law, s_min=0.1, half_clean=False).draw_scales(40_000) for law in LAWS}
    assert draw["uniform"].mean().item() == pytest.approx(0.55, abs=0.01)
    assert draw["log-uniform"].log10().mean().item() == pytest.approx(-0.5, abs=0.01)
    assert (draw["constant"] == torch.tensor(0.1)).all()


@pytest.mark.parametrize(("count", "clean"), [(64, 32), (7, 3), (1, 0)])
def test_half_of_a_batch_stays_clean(count: int, clean: int) -> None:
    scales = attached(law="constant", s_min=0.5).draw_scales(count)
    assert int((scales == 1).sum()) == clean
    assert int((scales == 0.5).sum()) == count - clean


def test_scales_the_values_and_tells_the_scale() -> None:
    given = batch()
    seen = attached(law="uniform").augment(given)
    assert seen.condition.shape == (64, 2)
    assert (seen.condition[:, 0] == 9).all()
    torch.testing.assert_close(seen.values, given.values * seen.condition[:, 1, None, None])
    assert torch.equal(seen.labels, given.labels)


def test_draws_apart_for_each_batch() -> None:
    active = attached(law="uniform", half_clean=False)
    assert (active.augment(batch()).condition[:, 1] != active.augment(batch()).condition[:, 1]).all()


def observed(logit: float, active: ActiveScaling, times: int = 4) -> None:
    for _ in range(times):
        active.observe(Logits(torch.full((64,), logit), torch.zeros(64)))


def test_the_reach_grows_while_real_is_told_too_well_and_shrinks_while_it_is_not() -> None:
    active = attached(adapt_kimg=2.56)  # 64·4 samples of 2560: a tenth of the way a move
    assert active.logs() == {"T": 10.0}
    observed(3.0, active, 3)
    assert active.state()["p"] == 0  # a move every fourth step
    observed(3.0, active, 1)
    assert active.state()["p"] == pytest.approx(0.1)
    assert active.logs() == {"T": 109.0}  # 10 + 99
    observed(3.0, active, 4 * 20)
    assert (active.state()["p"], active.logs()["T"]) == (1.0, 1000)
    observed(-1.0, active)
    assert active.state()["p"] == pytest.approx(0.9)
    observed(-1.0, active, 4 * 20)
    assert (active.state()["p"], active.logs()["T"]) == (0.0, 10)


def test_the_reach_stays_where_the_signs_meet_the_target() -> None:
    active = attached(target=0.5, adapt_every=1, adapt_kimg=0.64)
    observed(1.0, active, 1)
    place = active.state()
    logits = torch.ones(64)
    logits[:16] = -1  # r = .5
    active.observe(Logits(logits, logits))
    assert active.state() == place
    assert place["p"] == pytest.approx(0.1)


def test_more_reach_means_smaller_scales() -> None:
    active = attached(half_clean=False)
    near = active.draw_scales(1000).mean()
    active.restore({"p": 0.5, "signs": 0.0, "seen": 0})
    assert active.draw_scales(1000).mean() < near - 0.2


def test_only_the_diffusion_law_adapts() -> None:
    active = attached(law="uniform")
    observed(3.0, active)
    assert active.logs() == {}
    assert active.state() == {"p": 0.0, "signs": 0.0, "seen": 0}


def test_state_comes_back() -> None:
    active, other = attached(), attached()
    observed(3.0, active, 6)
    other.restore(active.state())
    assert other.state() == active.state() == {"p": active.state()["p"], "signs": 2.0, "seen": 2}
    assert torch.equal(active.draw_scales(64), attached_at(active).draw_scales(64))
    for regularizer in (active, other):
        observed(3.0, regularizer, 2)
    assert other.state() == active.state()
    assert other.state()["p"] > 0


def attached_at(other: ActiveScaling) -> ActiveScaling:
    """Return a fresh one that goes on from the state of another that has drawn nothing yet."""
    fresh = attached()
    fresh.restore(other.state())
    return fresh


def test_refuses_a_second_scaling_and_logits_without_a_sign() -> None:
    wasserstein = RegularizerContext("wasserstein", False, (R1Regularizer(),), ())
    with pytest.raises(ValueError, match="keep one of them"):
        ScalingRegularizer().check_context(
            RegularizerContext("hinge", True, (), (ScalingRegularizer(law="uniform"),))
        )
    with pytest.raises(ValueError, match="'wasserstein' have no zero between real and fake: set `law`"):
        ScalingRegularizer().check_context(wasserstein)
    ScalingRegularizer().check_context(RegularizerContext("hinge", True, (R1Regularizer(),), ()))
    ScalingRegularizer(law="uniform").check_context(wasserstein)
    ScalingRegularizer(t_min=100, t_max=100).check_context(wasserstein)


def test_refuses_bounds_out_of_order() -> None:
    with pytest.raises(ValidationError, match=r"t_min \(20\) must not be above t_max \(10\)"):
        ScalingRegularizer(t_min=20, t_max=10)
