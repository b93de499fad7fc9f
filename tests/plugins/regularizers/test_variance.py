"""The variance regularizer's three readings against what they estimate."""

import pytest
import torch
from torch import Tensor, nn

from genaug import ActiveRegularizer, Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, Rows, input_gradient
from genaug.contracts.regularizer import RegularizerContext
from genaug.data import SampleSpec
from genaug_plugins.regularizers.active_variance import batch_variance, noise_variance, scale_variance
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer
from genaug_plugins.regularizers.variance import VarianceRegularizer

SPEC = SampleSpec(modality="image", shape=(1, 8, 8), class_names=("a",), value_range=(-1, 1))


def attached(*before: ActiveRegularizer, **settings: object) -> ActiveRegularizer:
    training = Training(SPEC, 1, 8, torch.Generator().manual_seed(0), before)
    return VarianceRegularizer.model_validate(settings).attach(training)


def scaling(**settings: object) -> ActiveRegularizer:
    training = Training(SPEC, 1, 8, torch.Generator().manual_seed(1))
    return ScalingRegularizer.model_validate(settings).attach(training)


def batch(count: int, seed: int) -> Batch:
    values = torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(seed)).tanh()
    return Batch(values, torch.zeros(count, dtype=torch.long), torch.zeros(count, 0))


class Convolutional(nn.Module):
    """A smooth random convolutional discriminator that counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(2)
        self.first = nn.Parameter(torch.randn(8, 1, 3, 3, generator=random) / 3)
        self.last = nn.Parameter(torch.randn(8 * 36, generator=random) / 17)
        self.asked = 0

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        self.asked += 1
        return torch.tanh(nn.functional.conv2d(values, self.first)).flatten(1) @ self.last


@pytest.mark.parametrize(("where", "passes"), [("real", 2), ("fake", 2), ("both", 4)])
def test_noise_estimates_the_squared_gradient(where: str, passes: int) -> None:
    f = Convolutional()
    d = DiscriminatorPass(f, batch(4000, 3), batch(4000, 4))
    f.asked = 0
    penalty = attached(reading="noise", weight=2.0, sigma=0.01, where=where).penalty(d)
    assert f.asked == passes
    gradients = {"real": [d.real_gradient], "fake": [d.fake_gradient]}.get(
        where, [d.real_gradient, d.fake_gradient]
    )
    expected = sum(g.square().flatten(1).sum(1).mean().item() for g in gradients) * 0.01**2 * 2
    assert penalty is not None
    assert penalty.item() == pytest.approx(expected, rel=0.08)


def test_noise_is_exact_on_a_linear_discriminator_and_wants_no_double_backward(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weight = torch.linspace(-1, 1, 64).requires_grad_()
    d = DiscriminatorPass(lambda v, y, c: v.flatten(1) @ weight, batch(20_000, 3), batch(2, 4))
    monkeypatch.setattr(torch.autograd, "grad", None)
    penalty = attached(reading="noise", weight=1.0, sigma=0.3, where="real").penalty(d)
    assert penalty is not None
    assert penalty.item() == pytest.approx(0.09 * weight.square().sum().item(), rel=0.05)


def test_batch_is_the_variance_of_the_logits_real_and_fake_apart() -> None:
    f = Convolutional()
    d = DiscriminatorPass(f, batch(16, 3), batch(16, 4))
    expected = 0.5 * (d.real_logits.var() + d.fake_logits.var())
    f.asked = 0
    torch.testing.assert_close(attached(reading="batch", weight=0.5).penalty(d), expected)
    assert f.asked == 0


def test_batch_of_one_has_no_variance() -> None:
    d = DiscriminatorPass(Convolutional(), batch(1, 3), batch(1, 4))
    penalty = attached(reading="batch").penalty(d)
    assert penalty is not None
    assert penalty.item() == 0


def test_scale_is_the_variance_over_the_scale() -> None:
    # f(s·x, s) = 2·s·x₀ + 3·s with x₀ = 1: the variance over s uniform on [.4, 1] is 25·.36/12.
    active = scaling(law="uniform", s_min=0.4, half_clean=False)
    ones = Batch(torch.ones(40_000, 1, 8, 8), torch.zeros(40_000, dtype=torch.long), torch.zeros(40_000, 0))

    def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return 2 * values[:, 0, 0, 0] + 3 * condition[:, 0]

    d = DiscriminatorPass(f, active.augment(ones), active.augment(ones))
    penalty = attached(active, reading="scale", weight=1.0, where="fake").penalty(d)
    assert penalty is not None
    assert penalty.item() == pytest.approx(25 * 0.36 / 12, rel=0.03)


def test_scale_reads_the_column_of_its_scaling() -> None:
    first = scaling(law="uniform", half_clean=False)
    training = Training(SPEC, 1, 8, torch.Generator().manual_seed(1), (first,))
    second = ScalingRegularizer(law="constant", s_min=0.5, half_clean=False).attach(training)
    assert second.scale_column == 1

    def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return values[:, 0, 0, 0] + 7 * condition[:, 0] + condition[:, 1]

    seen = second.augment(first.augment(batch(64, 3)))
    d = DiscriminatorPass(f, seen, seen)
    penalty = attached(first, second, reading="scale").penalty(d)
    assert penalty is not None
    assert penalty.item() == pytest.approx(0, abs=1e-12)  # a constant scale does not vary


@pytest.mark.parametrize(("sigma", "share"), [(0.01, 0.98), (0.05, 0.95), (0.2, 0.84)])
def test_the_variance_over_noise_is_nearly_the_squared_gradient(sigma: float, share: float) -> None:
    # V / (σ²·E‖∇f‖²) of a random convolutional net with kinks: it falls as they come into reach.
    random = torch.Generator().manual_seed(5)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        first, second = nn.Conv2d(3, 16, 3, stride=2, padding=1), nn.Conv2d(16, 32, 3, stride=2, padding=1)
        last = nn.Sequential(nn.Flatten(), nn.Linear(32 * 16, 1), nn.Flatten(0))
        f = nn.Sequential(first, nn.LeakyReLU(0.2), second, nn.LeakyReLU(0.2), last)
    values = (torch.rand(3000, 3, 16, 16, generator=random) * 2 - 1).requires_grad_()
    with torch.no_grad():
        variance = noise_variance(f, values.detach(), sigma, random).mean()
    squared = input_gradient(f(values), values).square().flatten(1).sum(1).mean()
    assert (variance / (sigma**2 * squared)).item() == pytest.approx(share, abs=0.05)


def test_readings_work_on_plain_tensors_and_modules() -> None:
    random = torch.Generator().manual_seed(0)
    values, f = torch.randn(6, 4, generator=random), nn.Sequential(nn.Linear(4, 1), nn.Flatten(0))
    assert noise_variance(f, values, 0.1, random).shape == (6,)
    first, second = torch.full((6,), 0.5), torch.ones(6)
    found = scale_variance(f, values, first, second)
    torch.testing.assert_close(found, (f(values / 2) - f(values)).square() / 2)
    torch.testing.assert_close(scale_variance(f, values, first, second, f(values / 2)), found)
    assert batch_variance(torch.tensor([1.0, 3.0])).item() == 2


@pytest.mark.parametrize("reading", ["noise", "scale"])
def test_parts_of_a_batch_draw_as_the_whole(reading: str) -> None:
    view = scaling(law="uniform", half_clean=False).augment
    real, fake, f = view(batch(8, 3)), view(batch(8, 4)), Convolutional()

    def of(rows: Rows) -> Tensor:
        parts = (Batch(*(rows.of(part) for part in (b.values, b.labels, b.condition))) for b in (real, fake))
        regularizer = attached(scaling(law="uniform", half_clean=False), reading=reading, weight=1.0)
        found = regularizer.penalty(DiscriminatorPass(f, *parts, rows=rows))
        assert found is not None
        return found

    parts = (2 * of(Rows(0, 2, 8)) + 6 * of(Rows(2, 8, 8))) / 8
    torch.testing.assert_close(parts, of(Rows(0, 8, 8)))


def test_noise_and_scale_differentiate_nothing_in_their_input() -> None:
    first = scaling(law="uniform")
    assert not any(attached(first, reading=reading).input_gradient for reading in ("noise", "batch", "scale"))


@pytest.mark.parametrize(("reading", "weight"), [("noise", 100), ("batch", 0.1)])
def test_where_no_weight_is_given_one_suits_the_reading(reading: str, weight: float) -> None:
    d = DiscriminatorPass(Convolutional(), batch(8, 3), batch(8, 4))
    default = attached(reading=reading).penalty(d)
    torch.testing.assert_close(default, attached(reading=reading, weight=weight).penalty(d))


def test_scale_needs_a_scaling_before_it() -> None:
    regularizer = VarianceRegularizer(reading="scale")
    with pytest.raises(ValueError, match="needs a scaling regularizer before it"):
        regularizer.check_context(
            RegularizerContext("hinge", True, (R1Regularizer(),), (ScalingRegularizer(),))
        )
    regularizer.check_context(RegularizerContext("hinge", True, (R1Regularizer(), ScalingRegularizer()), ()))
    VarianceRegularizer(reading="noise").check_context(RegularizerContext("hinge", True, (), ()))
    with pytest.raises(ValueError, match="needs a scaling regularizer before it"):
        attached(reading="scale")
