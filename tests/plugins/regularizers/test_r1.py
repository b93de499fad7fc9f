"""R1 on a discriminator whose gradient is known."""

import torch
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.data import SampleSpec
from genaug_plugins.regularizers.r1 import R1Regularizer, squared_norm

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a",))
A = torch.tensor([[2.0, 1, 0], [1, 3, -1], [0, -1, 1]])


def quadratic(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
    """Return f(x) = ½xᵀAx, whose gradient is Ax."""
    return ((values @ A) * values).sum(1) / 2


def test_is_half_gamma_times_the_squared_gradient_at_real_samples() -> None:
    random = torch.Generator().manual_seed(0)
    x, y = torch.randn(5, 3, generator=random), torch.randn(5, 3, generator=random)
    none, labels = torch.zeros(5, 0), torch.zeros(5, dtype=torch.long)
    d = DiscriminatorPass(quadratic, Batch(x, labels, none), Batch(y, labels, none))
    active = R1Regularizer(gamma=0.7, every=4).attach(Training(SPEC, 1, 5, random))
    torch.testing.assert_close(active.penalty(d), 0.35 * (x @ A).square().sum(1).mean())
    assert active.every == 4
    assert active.input_gradient


def test_asks_for_nothing_of_the_fakes() -> None:
    def only_real(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        assert (labels == 0).all(), "the fakes were asked about"
        return values.square().sum(1)

    real, fake = (Batch(torch.ones(2, 3), torch.full((2,), label), torch.zeros(2, 0)) for label in (0, 1))
    active = R1Regularizer().attach(Training(SPEC, 1, 2, torch.Generator()))
    assert active.penalty(DiscriminatorPass(only_real, real, fake)) is not None


def test_is_twice_differentiable_in_the_parameters() -> None:
    random = torch.Generator().manual_seed(1)
    x = torch.randn(3, 4, generator=random, dtype=torch.float64)
    weights = [torch.randn(*shape, generator=random, dtype=torch.float64) for shape in ((4, 5), (5,))]

    def penalty(first: Tensor, last: Tensor) -> Tensor:
        def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
            return torch.tanh(values @ first) @ last

        batch = Batch(x, torch.zeros(3, dtype=torch.long), x[:, :0])
        return squared_norm(DiscriminatorPass(f, batch, batch).real_gradient).mean()

    assert torch.autograd.gradcheck(penalty, [weight.requires_grad_() for weight in weights])
