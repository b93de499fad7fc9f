"""A third party's scaling is treated as the built-in one: by its traits, not by its class."""

from dataclasses import replace
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, RegularizerContext, Training
from genaug.adversarial import Batch, Chain, DiscriminatorPass
from genaug.data import SampleSpec
from genaug_plugins.regularizers.diffusion_noise import DiffusionNoiseRegularizer
from genaug_plugins.regularizers.scaling import ScalingRegularizer
from genaug_plugins.regularizers.variance import VarianceRegularizer

SPEC = SampleSpec(modality="vector", shape=(2,), class_names=("a",))


class DoublingRegularizer(Regularizer):
    """Show s·x and s, with s ∈ {1, 2} at random."""

    name: ClassVar[str] = "doubling"
    shows = "conditioned"
    scales_samples: ClassVar[bool] = True
    gives_scales: ClassVar[bool] = True

    def attach(self, training: Training) -> ActiveRegularizer:
        return ActiveDoubling(training)


class ActiveDoubling(ActiveRegularizer):
    condition_dim = 1

    def __init__(self, training: Training) -> None:
        self._random = training.random
        self.scale_column = training.condition_dim

    def draw_scales(self, count: int) -> Tensor:
        return torch.randint(1, 3, (count,), generator=self._random).float()

    def augment(self, batch: Batch) -> Batch:
        s = self.draw_scales(len(batch.values))
        condition = torch.cat([batch.condition, s[:, None]], 1)
        return replace(batch, values=batch.values * s[:, None], condition=condition)


@pytest.mark.parametrize("built_in", [ScalingRegularizer(), DiffusionNoiseRegularizer()])
def test_another_scaling_is_refused_beside_the_built_in_ones(built_in: Regularizer) -> None:
    with pytest.raises(ValueError, match=r"doubling scales them again.*keep one of them"):
        built_in.check_context(RegularizerContext("hinge", True, (DoublingRegularizer(),), ()))


def test_variance_reads_the_scale_of_any_scaling_that_gives_it() -> None:
    variance = VarianceRegularizer(reading="scale", weight=1.0, where="real")
    variance.check_context(RegularizerContext("hinge", True, (DoublingRegularizer(),), ()))
    with pytest.raises(ValueError, match="needs a scaling regularizer before it"):
        variance.check_context(RegularizerContext("hinge", True, (DiffusionNoiseRegularizer(),), ()))
    chain = Chain([DoublingRegularizer(), variance], SPEC, 1, 4000, torch.Generator().manual_seed(0))
    seen = chain.augment(torch.ones(4000, 2), torch.zeros(4000, dtype=torch.int64))

    def f(values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        return values[:, 0]

    (penalty,) = chain.penalties(DiscriminatorPass(f, seen, seen), chain.prompt).values()
    assert penalty.item() == pytest.approx(0.25, rel=0.05)  # Var s of s ∈ {1, 2}
