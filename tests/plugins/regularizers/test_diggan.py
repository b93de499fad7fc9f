"""DigGAN on discriminators whose slopes are known."""

import torch
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.data import SampleSpec
from genaug_plugins.regularizers.diggan import DigganRegularizer

SPEC = SampleSpec(modality="vector", shape=(4,), class_names=("a",))


def batch(values: Tensor) -> Batch:
    return Batch(values, torch.zeros(len(values), dtype=torch.long), values[:, :0])


def penalty(d: DiscriminatorPass, weight: float = 1.0) -> Tensor:
    active = DigganRegularizer(weight=weight).attach(Training(SPEC, 1, 3, torch.Generator()))
    assert active.input_gradient
    found = active.penalty(d)
    assert found is not None
    return found


def test_is_the_squared_gap_between_paired_slopes() -> None:
    # f(x) = ½‖x‖² has the slope ‖x‖.
    x, y = torch.tensor([[3.0, 4, 0, 0], [1, 0, 0, 0]]), torch.tensor([[0.0, 1, 0, 0], [0, 0, 0, 3]])
    d = DiscriminatorPass(lambda v, y, c: v.square().sum(1) / 2, batch(x), batch(y))
    assert penalty(d, 2.0).item() == 2 * ((1 - 5) ** 2 + (3 - 1) ** 2) / 2


def test_a_flat_discriminator_gives_a_finite_gradient() -> None:
    weight = torch.zeros(4, requires_grad=True)
    d = DiscriminatorPass(lambda v, y, c: v @ weight, batch(torch.ones(3, 4)), batch(torch.zeros(3, 4)))
    found = penalty(d)
    (gradient,) = torch.autograd.grad(found, weight)
    assert found.item() == 0
    assert torch.equal(gradient, torch.zeros(4))


def test_is_twice_differentiable_in_the_parameters() -> None:
    random = torch.Generator().manual_seed(1)
    x, y = (torch.randn(3, 4, generator=random, dtype=torch.float64) for _ in range(2))
    weights = [torch.randn(*shape, generator=random, dtype=torch.float64) for shape in ((4, 5), (5,))]

    def of(first: Tensor, last: Tensor) -> Tensor:
        return penalty(DiscriminatorPass(lambda v, y, c: torch.tanh(v @ first) @ last, batch(x), batch(y)))

    assert torch.autograd.gradcheck(of, [weight.requires_grad_() for weight in weights])
