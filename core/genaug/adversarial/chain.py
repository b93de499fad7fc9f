"""The regularizers of one training, in their order, with checks of what each of them returns."""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from genaug.adversarial.discriminator_pass import Batch, DiscriminatorPass, GeneratorPass, Logits
from genaug.components.blame import blaming, failed
from genaug.contracts import ActiveRegularizer, Regularizer, Training
from genaug.data import SampleSpec


class Chain:
    """The active regularizers of one training, with unique names: ``r1``, ``r1#2``.

    If a regularizer fails or returns something invalid, a PluginFailed names it.

    Args:
        regularizers: in their order.
        spec: of the samples.
        steps: number of steps of the training.
        batch_size: samples of each batch.
        random: source of all randomness of the regularizers; its device is that of the training.

    Attributes:
        names: of all regularizers.
        condition_dim: number of condition columns that they append in total.
        prompt: names of those with a penalty on the discriminator at every step.
        lazy: names of those with a penalty on the discriminator at every n-th step, n > 1.
        in_generator: names of those with a penalty on the generator.
        differentiating: names of those whose penalty uses the gradient at the discriminator's input.
    """

    def __init__(
        self,
        regularizers: Sequence[Regularizer],
        spec: SampleSpec,
        steps: int,
        batch_size: int,
        random: torch.Generator,
    ) -> None:
        self._components: dict[str, Regularizer] = {}
        self._actives: dict[str, ActiveRegularizer] = {}
        self._logged: dict[str, set[str]] = {}
        for index, regularizer in enumerate(regularizers):
            same = sum(other.name == regularizer.name for other in regularizers[:index])
            name = f"{regularizer.name}#{same + 1}" if same else regularizer.name
            training = Training(spec, steps, batch_size, random, tuple(self._actives.values()))
            with blaming(regularizer):
                active = regularizer.attach(training)
            if not isinstance(active, ActiveRegularizer):
                raise failed(regularizer, f"attached a {type(active).__name__}, not an ActiveRegularizer")
            self._components[name], self._actives[name] = regularizer, active
        self.names = list(self._actives)
        self.condition_dim = sum(active.condition_dim for active in self._actives.values())
        penalizing = self._overriding("penalty")
        self.prompt = [name for name in penalizing if self._actives[name].every == 1]
        self.lazy = [name for name in penalizing if self._actives[name].every > 1]
        self.in_generator = self._overriding("generator_penalty")
        self.differentiating = {name for name in penalizing if self._actives[name].input_gradient}

    def lazy_share(self) -> float:
        """Return the share of all steps at which a lazy penalty is due."""
        intervals = {self._actives[name].every for name in self.lazy}
        # By inclusion-exclusion over the steps at which several are due at once.
        return sum(
            (1 if count % 2 else -1) / math.lcm(*some)
            for count in range(1, len(intervals) + 1)
            for some in combinations(intervals, count)
        )

    def due(self, step: int) -> list[str]:
        """Return the names of the lazy regularizers whose penalty is due at this step."""
        return [name for name in self.lazy if step % self._actives[name].every == 0]

    def augment(self, values: Tensor, labels: Tensor) -> Batch:
        """Return a batch augmented by each regularizer in order."""
        return self._applied("augment", values, labels)

    def clean(self, values: Tensor, labels: Tensor) -> Batch:
        """Return a batch with the weakest augmentation of each regularizer."""
        return self._applied("clean", values, labels)

    def _applied(self, method: str, values: Tensor, labels: Tensor) -> Batch:
        batch = Batch(values, labels, values.new_zeros(len(values), 0))
        columns = 0
        for name, active in self._actives.items():
            with self._blaming(name):
                batch = getattr(active, method)(batch)
            columns += active.condition_dim
            component = self._components[name]
            if not isinstance(batch, Batch):
                raise failed(component, f"must return a Batch from `{method}`, not a {type(batch).__name__}")
            if batch.values.shape != values.shape or batch.values.dtype != values.dtype:
                raise failed(
                    component,
                    f"changed the samples in `{method}` from {values.dtype} {tuple(values.shape)} to "
                    f"{batch.values.dtype} {tuple(batch.values.shape)}: shape and dtype must stay the same",
                )
            if batch.labels.shape != (len(values),):
                shape = tuple(batch.labels.shape)
                raise failed(component, f"changed the labels' shape in `{method}` to {shape}")
            if batch.condition.shape != (len(values), columns):
                raise failed(
                    component,
                    f"has condition_dim {active.condition_dim}, but its `{method}` made a condition of shape "
                    f"{tuple(batch.condition.shape)}, not {(len(values), columns)}",
                )
        return batch

    def penalties(self, d: DiscriminatorPass, names: Iterable[str]) -> dict[str, Tensor]:
        """Return the penalties of the named regularizers; a lazy one is not multiplied by its interval."""
        return self._scalars("penalty", names, lambda active: active.penalty(d))

    def generator_penalties(self, g: GeneratorPass) -> dict[str, Tensor]:
        """Return the penalties on the generator."""
        return self._scalars(
            "generator_penalty", self.in_generator, lambda active: active.generator_penalty(g)
        )

    def _scalars(
        self, method: str, names: Iterable[str], call: Callable[[ActiveRegularizer], Tensor | None]
    ) -> dict[str, Tensor]:
        found = {}
        for name in names:
            with self._blaming(name):
                penalty = call(self._actives[name])
            if penalty is None:
                continue
            if not isinstance(penalty, Tensor) or penalty.shape != ():
                got = (
                    f"a tensor of shape {tuple(penalty.shape)}"
                    if isinstance(penalty, Tensor)
                    else f"a {type(penalty).__name__}"
                )
                raise failed(
                    self._components[name],
                    f"returned {got} as its `{method}`, not a scalar tensor: take the mean over the samples",
                )
            found[name] = penalty
        return found

    def every(self, name: str) -> int:
        """Return the number of steps between two penalties of a regularizer."""
        return self._actives[name].every

    def observe(self, logits: Logits) -> None:
        """Pass the logits of a step to each regularizer, so that it can adapt."""
        for name, active in self._actives.items():
            with self._blaming(name):
                active.observe(logits)

    def logs(self) -> dict[str, float]:
        """Return the logged values of all, as ``name.key``, the same keys each time."""
        found: dict[str, float] = {}
        for name, active in self._actives.items():
            with self._blaming(name):
                values = {key: float(value) for key, value in active.logs().items()}
            if changed := self._logged.setdefault(name, set(values)) ^ values.keys():
                raise failed(
                    self._components[name],
                    f"must log the same names at every step; these changed: {', '.join(sorted(changed))}",
                )
            found |= {f"{name}.{key}": value for key, value in values.items()}
        return found

    def state(self) -> dict[str, Any]:
        """Return the state of each regularizer, as plain JSON."""
        states = {}
        for name, active in self._actives.items():
            with self._blaming(name):
                states[name] = active.state()
                json.dumps(states[name], allow_nan=False)  # a checkpoint must be able to store it
        return states

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""
        for name, active in self._actives.items():
            with self._blaming(name):
                active.restore(state[name])

    def _blaming(self, name: str) -> AbstractContextManager[None]:
        return blaming(self._components[name])

    def _overriding(self, method: str) -> list[str]:
        neutral = getattr(ActiveRegularizer, method)
        return [
            name for name, active in self._actives.items() if getattr(type(active), method) is not neutral
        ]
