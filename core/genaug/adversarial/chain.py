"""The regularizers of one training, in their order."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits
from genaug.contracts import ActiveRegularizer, Regularizer, Training
from genaug.data import SampleSpec
from genaug.errors import PluginFailed


class Chain:
    """Hold active regularizers under names that are unique among them: ``r1``, ``r1#2``.

    Attributes:
        names: of all.
        condition_dim: columns of the condition that their views make.
        prompt: names of those that penalize the discriminator at every step.
        lazy: names of those that do at every n-th step, n > 1.
        in_generator: names of those that penalize the generator.
        differentiating: names of those whose penalty differentiates the discriminator's input.
    """

    def __init__(
        self,
        regularizers: Sequence[Regularizer],
        spec: SampleSpec,
        steps: int,
        batch_size: int,
        random: torch.Generator,
    ) -> None:
        self._actives: dict[str, ActiveRegularizer] = {}
        for index, regularizer in enumerate(regularizers):
            training = Training(spec, steps, batch_size, random, tuple(self._actives.values()))
            same = sum(other.name == regularizer.name for other in regularizers[:index])
            name = f"{regularizer.name}#{same + 1}" if same else regularizer.name
            self._actives[name] = regularizer.attach(training)
        self.names = list(self._actives)
        self.condition_dim = sum(active.condition_dim for active in self._actives.values())
        penalizing = self._with_own("penalty")
        self.prompt = [name for name in penalizing if self._actives[name].every == 1]
        self.lazy = [name for name in penalizing if self._actives[name].every > 1]
        self.in_generator = self._with_own("generator_penalty")
        self.differentiating = {name for name in penalizing if self._actives[name].input_gradient}

    def lazy_share(self) -> float:
        """Return at which share of all steps a lazy penalty is due."""
        intervals = {self._actives[name].every for name in self.lazy}
        # Those due for one of them, less those due for two at once, and so on (inclusion-exclusion).
        return sum(
            (1 if count % 2 else -1) / math.lcm(*some)
            for count in range(1, len(intervals) + 1)
            for some in combinations(intervals, count)
        )

    def due(self, step: int) -> list[str]:
        """Return the names of the lazy ones whose penalty is due."""
        return [name for name in self.lazy if step % self._actives[name].every == 0]

    def augment(self, values: Tensor, labels: Tensor) -> Batch:
        """Return a batch as the discriminator sees it, augmented by each regularizer in turn."""
        return self._seen(values, labels, lambda active: active.augment)

    def clean(self, values: Tensor, labels: Tensor) -> Batch:
        """Return a batch as the discriminator sees it where the views do least."""
        return self._seen(values, labels, lambda active: active.clean)

    def _seen(
        self,
        values: Tensor,
        labels: Tensor,
        how: Callable[[ActiveRegularizer], Callable[[Batch], Batch]],
    ) -> Batch:
        batch = Batch(values, labels, values.new_zeros(len(values), 0))
        columns = 0
        for name, active in self._actives.items():
            batch = how(active)(batch)
            columns += active.condition_dim
            if batch.condition.shape != (len(values), columns):
                raise PluginFailed(
                    f"the regularizer {name!r} says it has {active.condition_dim} condition columns, but "
                    f"its view made a condition of shape {tuple(batch.condition.shape)}, not "
                    f"{(len(values), columns)}"
                )
        return batch

    def penalties(self, d: DiscriminatorPass, names: Iterable[str]) -> dict[str, Tensor]:
        """Return the penalties of those named, as they are: a lazy one is still to be multiplied."""
        return {
            name: penalty for name, active in self._named(names) if (penalty := active.penalty(d)) is not None
        }

    def generator_penalties(self, g: GeneratorPass) -> dict[str, Tensor]:
        """Return the penalties on the generator."""
        return {
            name: penalty
            for name, active in self._named(self.in_generator)
            if (penalty := active.generator_penalty(g)) is not None
        }

    def every(self, name: str) -> int:
        """Return how many steps lie between two of its penalties."""
        return self._actives[name].every

    def observe(self, logits: Logits) -> None:
        """Let each adapt."""
        for active in self._actives.values():
            active.observe(logits)

    def logs(self) -> dict[str, float]:
        """Return what each logs, as ``name.key``."""
        return {
            f"{name}.{key}": float(value)
            for name, active in self._actives.items()
            for key, value in active.logs().items()
        }

    def state(self) -> dict[str, Any]:
        """Return each state, as plain JSON."""
        return {name: active.state() for name, active in self._actives.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        for name, active in self._actives.items():
            active.restore(state[name])

    def _with_own(self, method: str) -> list[str]:
        neutral = getattr(ActiveRegularizer, method)
        return [
            name for name, active in self._actives.items() if getattr(type(active), method) is not neutral
        ]

    def _named(self, names: Iterable[str]) -> list[tuple[str, ActiveRegularizer]]:
        return [(name, self._actives[name]) for name in names]
