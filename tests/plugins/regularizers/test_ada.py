"""ADA: how often each step is taken, the controller of p, and where it cannot be used."""

import pytest
import torch
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, Logits
from genaug.contracts import RegularizerContext
from genaug.data import SampleSpec
from genaug.errors import DataError
from genaug_plugins.regularizers.active_ada import ActiveAda
from genaug_plugins.regularizers.ada import AdaRegularizer


def spec(*shape: int) -> SampleSpec:
    return SampleSpec(modality="image", shape=shape or (3, 8, 8), class_names=("a",), value_range=(-1, 1))


def attached(shape: tuple[int, ...] = (3, 8, 8), seed: int = 0, **settings: object) -> ActiveAda:
    training = Training(spec(*shape), 100, 50, torch.Generator().manual_seed(seed))
    return AdaRegularizer.model_validate(settings).attach(training)


def batch(count: int = 6, shape: tuple[int, ...] = (3, 8, 8)) -> Batch:
    values = torch.randn(count, *shape, generator=torch.Generator().manual_seed(2))
    return Batch(values, torch.zeros(count, dtype=torch.long), torch.zeros(count, 0))


def changed(active: ActiveAda, given: Batch) -> Tensor:
    """Return which images a view changes, ``[N]``."""
    return (active.augment(given).values != given.values).flatten(1).any(1)


def logits(share: float, count: int = 100) -> Logits:
    """Return logits of which `share` are positive: E sign f = 2·share − 1."""
    real = torch.where(torch.arange(count) < round(share * count), 2.0, -3.0)
    return Logits(real, -real)


def test_at_p_zero_nothing_is_changed() -> None:
    given = batch()
    assert torch.equal(attached().augment(given).values, given.values)


def test_at_p_one_every_image_is_changed() -> None:
    assert changed(attached(p=1.0), batch(200)).all()


@pytest.mark.parametrize("height", [8, 6])
def test_blits_move_whole_pixels(height: int) -> None:
    given = batch(100, (3, height, 8))
    seen = attached((3, height, 8), p=1.0, categories=["blit"]).augment(given).values
    for image, before in zip(seen, given.values, strict=True):
        assert set(image[0].flatten().tolist()) <= set(before[0].flatten().tolist())


def test_steps_are_taken_with_probability_p() -> None:
    # Of the blits: a mirror for p/2 of the images, a turn for 3p/4, and shifts.
    shares = changed(attached(p=0.3, categories=["blit"]), batch(4000)).float().mean().item()
    # An eighth of 8 pixels: U(−1, 1), which is rounded to none with probability ½ along each axis.
    still = (1 - 0.3 / 2) * (1 - 0.3 * 3 / 4) * (1 - 0.3 / 2) ** 2
    assert shares == pytest.approx(1 - still, abs=0.025)


def test_warps_are_taken_with_probability_p() -> None:
    still = (1 - 0.3) ** 4  # scale, stretch, shift, and any of the two turns
    shares = changed(attached(p=0.3, categories=["geometry"]), batch(4000)).float().mean().item()
    assert shares == pytest.approx(1 - still, abs=0.025)


def test_colours_leave_pixels_where_they_are() -> None:
    flat = Batch(torch.full((50, 3, 8, 8), 0.3), torch.zeros(50, dtype=torch.long), torch.zeros(50, 0))
    seen = attached(p=1.0, categories=["color"]).augment(flat).values
    torch.testing.assert_close(seen, seen[:, :, :1, :1].expand_as(seen))
    torch.testing.assert_close(seen[:, 0], seen[:, 2])  # grey stays grey
    assert seen[:, 0, 0, 0].unique().numel() == 50


def test_p_moves_by_its_formula() -> None:
    active = attached(adapt_kimg=2.0)  # 50·4 samples of 2,000: a tenth a move
    for _ in range(3):
        active.observe(logits(0.9))  # r = .8
    assert active.p == 0
    active.observe(logits(0.9))
    assert active.logs() == {"p": pytest.approx(0.1)}
    for _ in range(4):
        active.observe(logits(0.7))  # r = .4
    assert active.logs() == {"p": pytest.approx(0.0)}
    for share in (0.9, 0.9, 0.9, 0.7):  # r = .7 on average
        active.observe(logits(share))
    assert active.logs() == {"p": pytest.approx(0.1)}


def test_p_stays_within_its_bounds() -> None:
    active = attached(adapt_kimg=0.2, p_max=0.7)  # a move goes all the way
    for _ in range(8):
        active.observe(logits(1.0))
    assert active.logs() == {"p": 0.7}
    for _ in range(4):
        active.observe(logits(0.0))
    assert active.logs() == {"p": 0.0}


def test_a_fixed_p_does_not_move() -> None:
    active = attached(p=0.4, adapt_kimg=0.2)
    for _ in range(8):
        active.observe(logits(1.0))
    assert active.logs() == {"p": 0.4}


def test_state_comes_back() -> None:
    active, other = attached(adapt_kimg=2.0), attached(adapt_kimg=2.0)
    for _ in range(6):
        active.observe(logits(0.9))
    other.restore(active.state())
    assert other.state() == active.state() == {"p": active.p.item(), "signs": pytest.approx(1.6), "seen": 2}
    for _ in range(2):
        active.observe(logits(0.9))
        other.observe(logits(0.9))
    assert other.state() == active.state()
    assert other.p == pytest.approx(0.2)


def test_gradients_are_those_of_what_was_drawn() -> None:
    x = batch(3, (3, 4, 4)).values.double().requires_grad_()

    def view(x: Tensor) -> Tensor:
        labels = torch.zeros(3, dtype=torch.long)
        return attached((3, 4, 4), p=0.8).augment(Batch(x, labels, torch.zeros(3, 0))).values.square()

    torch.autograd.gradcheck(view, x)
    torch.autograd.gradgradcheck(view, x)


def test_refuses_what_it_cannot_augment() -> None:
    with pytest.raises(DataError, match=r"1 or 3 channels, not 2: set its `categories`"):
        AdaRegularizer().check_usable(spec(2, 8, 8))
    AdaRegularizer(categories=("blit", "geometry")).check_usable(spec(2, 8, 8))
    with pytest.raises(DataError, match="signal samples have none: take it out of `regularizers`"):
        AdaRegularizer().check_usable(SampleSpec(modality="signal", shape=(3, 8), class_names=("a",)))


def test_needs_logits_with_a_sign_to_adapt() -> None:
    plan = RegularizerContext("wasserstein", False, (), ())
    with pytest.raises(ValueError, match=r"'wasserstein' .* fixed `p`"):
        AdaRegularizer().check_context(plan)
    AdaRegularizer(p=0.2).check_context(plan)
    AdaRegularizer().check_context(RegularizerContext("hinge", True, (), ()))
