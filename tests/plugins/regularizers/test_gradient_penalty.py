"""WGAN-GP's penalty on discriminators whose slope is known."""

import pytest
import torch
from torch import Tensor

from genaug import Regularizer, Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, Rows
from genaug.contracts.regularizer import RegularizerContext
from genaug.data import SampleSpec
from genaug_plugins.regularizers.diffusion_noise import DiffusionNoiseRegularizer
from genaug_plugins.regularizers.gradient_penalty import GradientPenaltyRegularizer
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer

SPEC = SampleSpec(modality="vector", shape=(4,), class_names=("a",))


def batch(values: Tensor, label: int = 0) -> Batch:
    return Batch(values, torch.full((len(values),), label), values[:, :0])


def penalty(d: DiscriminatorPass, weight: float = 1.0) -> Tensor:
    training = Training(SPEC, 1, 3, torch.Generator().manual_seed(0))
    active = GradientPenaltyRegularizer(weight=weight).attach(training)
    assert active.input_gradient
    found = active.penalty(d)
    assert found is not None
    return found


def test_is_the_squared_distance_of_the_slope_from_one() -> None:
    weight = torch.tensor([3.0, 0, 4, 0])
    x, y = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))
    d = DiscriminatorPass(lambda v, y, c: v @ weight, batch(x), batch(y))
    torch.testing.assert_close(penalty(d, 10.0), torch.tensor(160.0))


def test_asks_between_the_samples_with_the_labels_of_the_real_ones() -> None:
    seen = list[Tensor]()

    def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        assert (labels == 7).all()
        seen.append(values.detach())
        return values.square().sum(1) / 2  # of slope ‖x̂‖

    x, y = torch.zeros(20_000, 4), torch.ones(20_000, 4)
    found = penalty(DiscriminatorPass(f, batch(x, 7), batch(y, 3)))
    (mixed,) = seen
    assert (mixed == mixed[:, :1]).all()  # one ε a sample
    assert (mixed.min().item(), mixed.max().item()) == pytest.approx((0, 1), abs=1e-3)
    assert mixed.mean().item() == pytest.approx(0.5, abs=0.01)
    assert found.item() == pytest.approx(1 / 3, abs=0.01)  # E(2u − 1)² for u uniform on [0, 1]


def test_parts_of_a_batch_draw_as_the_whole() -> None:
    x, y = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(0))

    def of(rows: Rows) -> Tensor:
        parts = (batch(rows.of(values)) for values in (x, y))
        return penalty(DiscriminatorPass(lambda v, y, c: v.square().sum(1) / 2, *parts, rows=rows))

    parts = (2 * of(Rows(0, 2, 6)) + 4 * of(Rows(2, 6, 6))) / 6
    torch.testing.assert_close(parts, of(Rows(0, 6, 6)))


def test_a_flat_discriminator_gives_a_finite_gradient() -> None:
    weight = torch.zeros(4, requires_grad=True)
    d = DiscriminatorPass(lambda v, y, c: v @ weight, batch(torch.ones(3, 4)), batch(torch.zeros(3, 4)))
    (gradient,) = torch.autograd.grad(penalty(d), weight)
    assert torch.equal(gradient, torch.zeros(4))


def test_is_twice_differentiable_in_the_parameters() -> None:
    random = torch.Generator().manual_seed(1)
    x, y = (torch.randn(3, 4, generator=random, dtype=torch.float64) for _ in range(2))
    weights = [torch.randn(*shape, generator=random, dtype=torch.float64) for shape in ((4, 5), (5,))]

    def of(first: Tensor, last: Tensor) -> Tensor:
        return penalty(DiscriminatorPass(lambda v, y, c: torch.tanh(v @ first) @ last, batch(x), batch(y)))

    assert torch.autograd.gradcheck(of, [weight.requires_grad_() for weight in weights])


@pytest.mark.parametrize("telling", [ScalingRegularizer(), DiffusionNoiseRegularizer()])
def test_refuses_what_tells_the_discriminator_something_of_each_sample(telling: Regularizer) -> None:
    regularizer = GradientPenaltyRegularizer()
    regularizer.check_context(RegularizerContext("wasserstein", False, (R1Regularizer(),), ()))
    for before, after in (((telling,), ()), ((), (telling,))):
        with pytest.raises(ValueError, match=f"condition of {telling.name} cannot be interpolated: use r1"):
            regularizer.check_context(RegularizerContext("hinge", True, before, after))
