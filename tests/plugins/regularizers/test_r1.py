"""R1 and R2 on a discriminator whose gradient is known."""

import pytest
import torch
from torch import Tensor

from genaug import Training
from genaug.data import SampleSpec
from genaug.data.discriminator_pass import Batch, DiscriminatorPass
from genaug_plugins.regularizers.r1 import R1Regularizer

SPEC = SampleSpec(modality="vector", shape=(3,), class_names=("a",))
A = torch.tensor([[2.0, 1, 0], [1, 3, -1], [0, -1, 1]])


def quadratic(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
    """Return f(x) = ½xᵀAx, whose gradient is Ax."""
    return ((values @ A) * values).sum(1) / 2


@pytest.mark.parametrize(("where", "parts"), [("real", (1, 0)), ("fake", (0, 1)), ("both", (1, 1))])
def test_is_half_gamma_times_the_squared_gradient(where: str, parts: tuple[int, int]) -> None:
    random = torch.Generator().manual_seed(0)
    x, y = torch.randn(5, 3, generator=random), torch.randn(5, 3, generator=random)
    none, labels = torch.zeros(5, 0), torch.zeros(5, dtype=torch.long)
    d = DiscriminatorPass(quadratic, Batch(x, labels, none), Batch(y, labels, none))
    settings = R1Regularizer.model_validate({"gamma": 0.7, "where": where, "every": 4})
    active = settings.attach(Training(SPEC, 1, 5, random))
    r1, r2 = ((v @ A).square().sum(1).mean() for v in (x, y))
    expected = 0.35 * (parts[0] * r1 + parts[1] * r2)
    torch.testing.assert_close(active.penalty(d), expected)
    assert active.every == 4
