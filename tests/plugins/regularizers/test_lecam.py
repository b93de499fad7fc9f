"""LeCam's running means and its penalty, by hand."""

import pytest
import torch
from torch import Tensor

from genaug import ActiveRegularizer, Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, Logits
from genaug.data import SampleSpec
from genaug_plugins.regularizers.lecam import LecamRegularizer

SPEC = SampleSpec(modality="vector", shape=(1,), class_names=("a",))


def attached(**settings: object) -> ActiveRegularizer:
    training = Training(SPEC, 10, 2, torch.Generator().manual_seed(0))
    return LecamRegularizer.model_validate(settings).attach(training)


def seen(real: list[float], fake: list[float]) -> Logits:
    return Logits(torch.tensor(real), torch.tensor(fake))


def passed(real: Tensor, fake: Tensor) -> DiscriminatorPass:
    """Return a pass of f(x) = x."""
    parts = (
        Batch(v[:, None], torch.zeros(len(v), dtype=torch.long), torch.zeros(len(v), 0)) for v in (real, fake)
    )
    return DiscriminatorPass(lambda v, y, c: v[:, 0], *parts)


def test_the_running_means_begin_with_the_first_and_follow() -> None:
    active = attached(decay=0.9)
    active.observe(seen([1.0, 3.0], [-1.0, -2.0]))
    assert active.logs() == pytest.approx({"ema_real": 2.0, "ema_fake": -1.5})
    active.observe(seen([4.0, 4.0], [0.0, 0.0]))
    assert active.logs() == pytest.approx({"ema_real": 0.9 * 2 + 0.1 * 4, "ema_fake": 0.9 * -1.5})


def test_penalizes_logits_beyond_the_running_mean_of_the_other_side() -> None:
    active = attached(weight=0.5, warmup=1)
    active.observe(seen([2.0], [1.0]))
    # f(x) − ema_f = 3 − 1 and 0.5 − 1; ema_r − f(G(z)) = 2 − 4 and 2 − (−1).
    penalty = active.penalty(passed(torch.tensor([3.0, 0.5]), torch.tensor([4.0, -1.0])))
    assert penalty is not None
    assert penalty.item() == pytest.approx(0.5 * (2**2 / 2 + 3**2 / 2))


def test_waits_for_the_warm_up() -> None:
    active, d = attached(warmup=2), passed(torch.ones(2), -torch.ones(2))
    for _ in range(2):
        assert active.penalty(d) is None
        active.observe(seen([1.0], [-1.0]))
    assert active.penalty(d) is not None


def test_state_comes_back_exactly() -> None:
    active, other = attached(warmup=1), attached(warmup=1)
    for step in range(5):
        active.observe(seen([0.1 * step, 0.7], [-0.3 * step, 0.2]))
    other.restore(active.state())
    assert other.state() == active.state()
    for regularizer in (active, other):
        regularizer.observe(seen([0.3], [0.9]))
    assert other.state() == active.state()
    assert other.state()["seen"] == 6
