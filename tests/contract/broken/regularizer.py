"""Regularizers that break exactly one promise."""

import math
from typing import Any, ClassVar

import torch
from torch import Tensor

from genaug import ActiveRegularizer, Regularizer, Training
from genaug.data.discriminator_pass import Batch, DiscriminatorPass


class Fading(ActiveRegularizer):
    """Scale each sample by a random factor, less and less; penalize the logits' variance."""

    condition_dim = 1

    def __init__(self, training: Training) -> None:
        self.random, self.reach = training.random, 0.5

    def view(self, batch: Batch) -> Batch:
        drawn = torch.rand(len(batch.values), generator=self.random)
        scale = (1 - self.reach * drawn).reshape(-1, *[1] * (batch.values.ndim - 1))
        return Batch(
            batch.values * scale, batch.labels, torch.cat([batch.condition, scale.reshape(-1, 1)], 1)
        )

    def penalty(self, d: DiscriminatorPass) -> Tensor | None:
        return self.reach * (d.real_logits.var() + d.fake_logits.var())

    def observe(self, d: DiscriminatorPass) -> None:
        self.reach *= 0.9

    def logs(self) -> dict[str, float]:
        return {"reach": self.reach}

    def state(self) -> dict[str, Any]:
        return {"reach": self.reach}

    def restore(self, state: dict[str, Any]) -> None:
        self.reach = state["reach"]


class FadingRegularizer(Regularizer):
    name: ClassVar[str] = "fading"
    active: ClassVar[type[ActiveRegularizer]] = Fading

    def attach(self, training: Training) -> ActiveRegularizer:
        return self.active(training)


class NeutralRegularizer(Regularizer):
    """Use every neutral default: nothing is penalized, nothing changed."""

    name: ClassVar[str] = "neutral"

    def attach(self, training: Training) -> ActiveRegularizer:
        return ActiveRegularizer()


class RelabellingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def view(self, batch: Batch) -> Batch:
            view = super().view(batch)
            return Batch(view.values, torch.zeros_like(view.labels), view.condition)


class OverwritingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def view(self, batch: Batch) -> Batch:
            view = super().view(batch)
            return Batch(view.values, view.labels, view.condition[:, -1:])


class DetachingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def view(self, batch: Batch) -> Batch:
            view = super().view(batch)
            return Batch(view.values.detach(), view.labels, view.condition)


class NumberRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            return d.real_logits.var().detach()


class InfiniteRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            return d.real_logits.var() / 0


class NeverRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        every = 0


class LeavingRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def penalty(self, d: DiscriminatorPass) -> Tensor | None:
            d.real_logits.sum().backward(retain_graph=True)
            return super().penalty(d)


class GlobalRegularizer(FadingRegularizer):
    class active(Fading):  # noqa: N801
        def view(self, batch: Batch) -> Batch:
            torch.rand(1)
            return super().view(batch)


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


GOOD = [FadingRegularizer(), NeutralRegularizer()]

BROKEN = {
    "views_keep_their_form": [RelabellingRegularizer()],
    "views_append_their_condition": [OverwritingRegularizer()],
    "views_let_gradients_through": [DetachingRegularizer()],
    "penalizes_with_a_finite_scalar": [NumberRegularizer(), InfiniteRegularizer()],
    "is_asked_at_whole_steps": [NeverRegularizer()],
    "leaves_its_inputs_alone": [LeavingRegularizer()],
    "draws_from_the_training_alone": [GlobalRegularizer()],
    "keeps_its_state_as_json": [InfiniteStateRegularizer()],
    "goes_on_from_its_state": [ForgetfulRegularizer()],
    "logs_numbers": [NotANumberRegularizer()],
}
