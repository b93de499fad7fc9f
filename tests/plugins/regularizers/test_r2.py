"""R2, and R1 + R2, on a discriminator whose gradient is known."""

import torch
from torch import Tensor

from genaug import Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass
from genaug.data import SampleSpec
from genaug_plugins.regularizers.r1 import R1Regularizer
from genaug_plugins.regularizers.r2 import R2Regularizer

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a",))
A = torch.tensor([[2.0, 1, 0], [1, 3, -1], [0, -1, 1]])


class Quadratic:
    """f(x) = ½xᵀAx, whose gradient is Ax; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        self.asked += 1
        return ((values @ A) * values).sum(1) / 2


def test_is_half_gamma_times_the_squared_gradient_at_fakes() -> None:
    random = torch.Generator().manual_seed(0)
    x, y = torch.randn(5, 3, generator=random), torch.randn(5, 3, generator=random)
    none, labels, f = torch.zeros(5, 0), torch.zeros(5, dtype=torch.long), Quadratic()
    d = DiscriminatorPass(f, Batch(x, labels, none), Batch(y, labels, none))
    training = Training(SPEC, 1, 5, random)
    active = R2Regularizer(gamma=0.7, every=4).attach(training)
    torch.testing.assert_close(active.penalty(d), 0.35 * (y @ A).square().sum(1).mean())
    assert (f.asked, active.every, active.input_gradient) == (1, 4, True)
    both = R1Regularizer(gamma=0.7).attach(training).penalty(d), active.penalty(d)
    torch.testing.assert_close(sum(both), 0.35 * ((x @ A).square().sum(1) + (y @ A).square().sum(1)).mean())
    assert f.asked == 2
