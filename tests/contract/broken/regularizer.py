"""Regularizers that break exactly one promise."""

import math
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits

Shows = Literal["none", "augmented", "conditioned"]


class Fading(ActiveRegularizer):
    """A regularizer that scales samples by a fading random factor and penalizes the squared logits."""

    condition_dim = 1

    def __init__(self, training: Training) -> None:
        self.random, self.reach = training.random, 0.5

    def augment(self, batch: Batch) -> Batch:
        drawn = torch.rand(len(batch.values), generator=self.random)
        scale = (1 - self.reach * drawn).reshape(-1, *[1] * (batch.values.ndim - 1))
        return Batch(
            batch.values * scale, batch.labels, torch.cat([batch.condition, scale.reshape(-1, 1)], 1)
        )

    def penalty(self, d: DiscriminatorPass) -> Tensor | None:
        return self.reach * (d.real_logits.square() + d.fake_logits.square()).mean()

    def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
        return self.reach * g.values.square().mean()

    def observe(self, logits: Logits) -> None:
        self.reach *= 0.9

    def logs(self) -> dict[str, float]:
        return {"reach": self.reach}

    def state(self) -> dict[str, Any]:
        return {"reach": self.reach}

    def restore(self, state: dict[str, Any]) -> None:
        self.reach = state["reach"]


class FadingRegularizer(Regularizer):
    name: ClassVar[str] = "fading"
    shows: ClassVar[Shows] = "conditioned"
    active: ClassVar[type[ActiveRegularizer]] = Fading

    def attach(self, training: Training) -> ActiveRegularizer:
        return self.active(training)


class Smoothing(ActiveRegularizer):
    """A regularizer that penalizes the slope, and changes under noise."""

    input_gradient = True

    def __init__(self, training: Training) -> None:
        self.random = training.random

    def noise(self, rows: int, values: Tensor) -> Tensor:
        return torch.randn(rows, *values.shape[1:], generator=self.random)

    def penalty(self, d: DiscriminatorPass) -> Tensor | None:
        noise = d.rows.of(self.noise(d.rows.total, d.real.values))
        near = d.discriminate(Batch(d.real.values.detach() + noise, d.real.labels, d.real.condition))
        slope = d.real_gradient.flatten(1).square().sum(1)
        return (slope + (near - d.real_logits).square()).mean()

    def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
        noise = g.rows.of(self.noise(g.rows.total, g.latents))
        return -(g.generate(g.latents + noise, g.labels) - g.values).square().mean()


class SmoothingRegularizer(Regularizer):
    name: ClassVar[str] = "smoothing"
    active: ClassVar[type[ActiveRegularizer]] = Smoothing

    def attach(self, training: Training) -> ActiveRegularizer:
        return self.active(training)


class BatchVarianceRegularizer(SmoothingRegularizer):
    """A regularizer that penalizes a statistic of the batch."""

    class active(Smoothing):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            return d.real_logits.var()


class NeutralRegularizer(Regularizer):
    """A regularizer with all neutral defaults: nothing is penalized or changed."""

    name: ClassVar[str] = "neutral"

    def attach(self, training: Training) -> ActiveRegularizer:
        return ActiveRegularizer()


class RelabellingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            view = super().augment(batch)
            return Batch(view.values, torch.zeros_like(view.labels), view.condition)


class OverwritingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            view = super().augment(batch)
            return Batch(view.values, view.labels, view.condition[:, -1:])


class DetachingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            view = super().augment(batch)
            return Batch(view.values.detach(), view.labels, view.condition)


class NumberRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            return d.real_logits.square().mean().detach()


class InfiniteRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            return d.real_logits.square().mean() / 0


class NeverRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        every = 0


class LeavingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        input_gradient = True

        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            d.real_logits.sum().backward(retain_graph=True)
            return super().penalty(d)


class GlobalRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            torch.rand(1)
            return super().augment(batch)


class InfiniteStateRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def state(self) -> dict[str, Any]:
            return {**super().state(), "best": math.inf}


class ForgetfulRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def state(self) -> dict[str, Any]:
            return {}

        def restore(self, state: dict[str, Any]) -> None:
            pass


class NotANumberRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def logs(self) -> dict[str, float]:
            return {"reach": math.nan}


class MuddyRegularizer(FadingRegularizer):
    """Its `clean` is random."""

    class active(Fading):  # noqa: N801
        def clean(self, batch: Batch) -> Batch:
            return self.augment(batch)


class SecretiveRegularizer(FadingRegularizer):
    """It gives a condition, and states that it does not."""

    shows: ClassVar[Shows] = "augmented"


class PretendingRegularizer(SmoothingRegularizer):
    """It changes the samples, and states that it does not."""

    class active(Smoothing):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            return Batch(0.9 * batch.values, batch.labels, batch.condition)


class CentringRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            view = super().augment(batch)
            return Batch(view.values - view.values.mean() / 2, view.labels, view.condition)


class TalkativeRegularizer(FadingRegularizer):
    """Its condition of a sample depends on the other samples."""

    class active(Fading):  # noqa: N801
        condition_dim = 2

        def augment(self, batch: Batch) -> Batch:
            view = super().augment(batch)
            mean = view.values.mean().expand(len(view.values), 1)
            return Batch(view.values, view.labels, torch.cat([view.condition, mean], 1))


class NoGeneratorGradientRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
            return g.values.detach().square().mean()


class InfiniteGeneratorRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
            return g.values.square().mean() / 0


class SummingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            return d.real_logits.square().sum()


class OwnNoiseRegularizer(SmoothingRegularizer):
    """It draws noise only for the rows of the pass."""

    class active(Smoothing):  # noqa: N801
        def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
            return (g.values + self.noise(len(g.rows), g.values)).square().mean()


class FirstNoiseRegularizer(SmoothingRegularizer):
    """It draws noise for the whole batch, and takes its first rows for every part."""

    class active(Smoothing):  # noqa: N801
        def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
            noise = self.noise(g.rows.total, g.values)
            return (g.values + noise[: len(g.rows)]).square().mean()


class UndeclaredRegularizer(SmoothingRegularizer):
    class active(Smoothing):  # noqa: N801
        input_gradient = False


class ReadingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def observe(self, logits: Logits) -> None:
            self.reach *= 0.9 if float(logits.real.sign().mean()) > 2 else 0.8


class CountingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def augment(self, batch: Batch) -> Batch:
            view = super().augment(batch)
            return Batch(view.values + len(view.values[view.labels < 0]), view.labels, view.condition)


class ListingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            assert d.real.labels.tolist()
            return super().penalty(d)


class CopyingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def generator_penalty(self, g: GeneratorPass) -> Tensor | None:
            return torch.tensor(0.5) * g.values.square().mean()


class UnscaledRegularizer(FadingRegularizer):
    """It states that it scales only, and also shifts the samples."""

    scales_samples: ClassVar[bool] = True
    gives_scales: ClassVar[bool] = True

    class active(Fading):  # noqa: N801
        scale_column = 0

        def draw_scales(self, count: int) -> Tensor:
            return torch.ones(count)

        def augment(self, batch: Batch) -> Batch:
            seen = super().augment(batch)
            return Batch(seen.values + 0.25, seen.labels, seen.condition)


GOOD = [FadingRegularizer(), SmoothingRegularizer(), BatchVarianceRegularizer(), NeutralRegularizer()]

BROKEN = {
    "augmenting_keeps_the_form": [RelabellingRegularizer()],
    "augmenting_appends_its_condition": [OverwritingRegularizer()],
    "augmenting_lets_gradients_through": [DetachingRegularizer()],
    "penalizes_with_a_finite_scalar": [NumberRegularizer(), InfiniteRegularizer()],
    "cleans_without_chance": [MuddyRegularizer()],
    "shows_what_it_declares": [SecretiveRegularizer(), PretendingRegularizer()],
    "augmenting_treats_each_sample_separately": [CentringRegularizer(), TalkativeRegularizer()],
    "penalizes_the_generator_with_a_finite_scalar": [
        NoGeneratorGradientRegularizer(),
        InfiniteGeneratorRegularizer(),
    ],
    "penalizes_a_split_batch_alike": [SummingRegularizer(), OwnNoiseRegularizer(), FirstNoiseRegularizer()],
    "declares_its_input_gradient": [UndeclaredRegularizer()],
    "never_waits_for_the_device": [
        ReadingRegularizer(),
        CountingRegularizer(),
        ListingRegularizer(),
        CopyingRegularizer(),
    ],
    "declares_whole_numbers": [NeverRegularizer()],
    "leaves_its_inputs_alone": [LeavingRegularizer()],
    "draws_from_the_training_alone": [GlobalRegularizer()],
    "keeps_its_state_as_json": [InfiniteStateRegularizer()],
    "resumes_from_its_state": [ForgetfulRegularizer()],
    "gives_the_scales_it_declares": [UnscaledRegularizer()],
    "logs_numbers": [NotANumberRegularizer()],
}
