"""Architectures that break exactly one promise."""

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from genaug import Architecture
from genaug.data import SampleSpec


class Making(nn.Module):
    latent_dim = 4

    def __init__(self, spec: SampleSpec) -> None:
        super().__init__()
        self.shape, self.classes = spec.shape, spec.classes
        self.layer = nn.Linear(self.latent_dim + spec.classes, int(np.prod(spec.shape)))

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        known = nn.functional.one_hot(labels, self.classes).float()
        return torch.tanh(self.layer(torch.cat([latents, known], 1))).reshape(-1, *self.shape)


class Judging(nn.Module):
    def __init__(self, spec: SampleSpec, condition_dim: int) -> None:
        super().__init__()
        self.classes = spec.classes
        self.layer = nn.Linear(int(np.prod(spec.shape)) + spec.classes + condition_dim, 8)
        self.stages = [self.layer]
        self.out = nn.Linear(8, 1)

    def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
        known = nn.functional.one_hot(labels, self.classes).float()
        return self.out(torch.tanh(self.layer(torch.cat([values.flatten(1), known, condition], 1))))[:, 0]


class TinyArchitecture(Architecture):
    name: ClassVar[str] = "tiny"

    generator: ClassVar[type[Making]] = Making
    discriminator: ClassVar[type[Judging]] = Judging

    def networks(self, spec: SampleSpec, condition_dim: int) -> tuple[nn.Module, nn.Module]:
        return self.generator(spec), self.discriminator(spec, condition_dim)


class LoudArchitecture(TinyArchitecture):
    class generator(Making):  # noqa: N801
        def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
            return 5 * super().forward(latents, labels)


class ColumnArchitecture(TinyArchitecture):
    class discriminator(Judging):  # noqa: N801
        def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
            return super().forward(values, labels, condition)[:, None]


class DeafArchitecture(TinyArchitecture):
    class discriminator(Judging):  # noqa: N801
        def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
            return super().forward(values, labels, torch.ones_like(condition))


class ClasslessArchitecture(TinyArchitecture):
    class generator(Making):  # noqa: N801
        def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
            return super().forward(latents, torch.arange(len(labels)) % self.classes)


class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        return values.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


class OnceArchitecture(TinyArchitecture):
    class discriminator(Judging):  # noqa: N801
        def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
            return super().forward(Once.apply(values), labels, condition)


class IdleArchitecture(TinyArchitecture):
    class generator(Making):  # noqa: N801
        def __init__(self, spec: SampleSpec) -> None:
            super().__init__(spec)
            self.forgotten = nn.Linear(2, 2)


class UnseededArchitecture(TinyArchitecture):
    class generator(Making):  # noqa: N801
        def __init__(self, spec: SampleSpec) -> None:
            super().__init__(spec)
            nn.init.constant_(self.layer.bias, float(np.random.default_rng().normal()))


class NoisyArchitecture(TinyArchitecture):
    """It draws noise in evaluation mode, too."""

    class generator(Making):  # noqa: N801
        def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
            return super().forward(latents + torch.randn_like(latents), labels)


class ForeignStagesArchitecture(TinyArchitecture):
    class discriminator(Judging):  # noqa: N801
        def __init__(self, spec: SampleSpec, condition_dim: int) -> None:
            super().__init__(spec, condition_dim)
            self.stages = [nn.Sequential(self.layer)]


class EmptyStagesArchitecture(TinyArchitecture):
    class discriminator(Judging):  # noqa: N801
        def __init__(self, spec: SampleSpec, condition_dim: int) -> None:
            super().__init__(spec, condition_dim)
            self.stages = []


class ManyClassesArchitecture(TinyArchitecture):
    """It spreads the classes over [0, 1], which fails with one class."""

    class discriminator(Judging):  # noqa: N801
        def forward(self, values: Tensor, labels: Tensor, condition: Tensor) -> Tensor:
            place = labels / torch.tensor(self.classes - 1)
            return super().forward(values, labels, condition) + place


GOOD = [TinyArchitecture()]

BROKEN = {
    "makes_samples": [LoudArchitecture()],
    "gives_each_sample_a_logit": [ColumnArchitecture()],
    "uses_the_condition": [DeafArchitecture()],
    "uses_the_labels": [ClasslessArchitecture()],
    "is_twice_differentiable": [OnceArchitecture()],
    "reaches_every_parameter": [IdleArchitecture()],
    "draws_nothing_when_evaluated": [NoisyArchitecture()],
    "names_its_stages": [ForeignStagesArchitecture(), EmptyStagesArchitecture()],
    "works_with_one_class": [ManyClassesArchitecture()],
    "starts_the_same_for_the_same_seed": [UnseededArchitecture()],
}
