"""The terms of the losses over the steps, kept on the device, and when one became non-finite."""

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from genaug.errors import TrainingDiverged
from genaug.training.distributed import ProcessGroup

if TYPE_CHECKING:
    from genaug.adversarial.config import Schedule

NEVER = 2**62


class LossLog:
    """Remember the latest value of each term, and the first step at which it was not finite.

    Nothing here waits for the device but what reads values.

    Args:
        discriminator, generator: names of all terms that either network's loss can have; one that is
            not computed at a step keeps its value.
        device: where the terms are.
    """

    def __init__(self, discriminator: Sequence[str], generator: Sequence[str], device: torch.device) -> None:
        self._generator = set(generator)
        self._names = [*discriminator, *generator]
        self._latest = {name: torch.zeros((), device=device) for name in self._names}
        self._now: dict[str, Tensor] = {}
        self._broken = torch.full((len(self._names),), NEVER, device=device)

    def begin(self) -> None:
        """Begin a step."""
        self._now = {}

    def add(self, terms: Mapping[str, Tensor], share: float) -> None:
        """Add what a part of the batch contributes."""
        for name, term in terms.items():
            part = term.detach() * share
            self._now[name] = self._now[name] + part if name in self._now else part

    def end(self, step: int) -> None:
        """Take in the terms of the step that has become the `step`-th."""
        self._latest |= self._now
        if self._names:
            finite = torch.isfinite(torch.stack([self._latest[name] for name in self._names]))
            self._broken = torch.where(finite, self._broken, self._broken.clamp_max(step))

    def values(self, peers: ProcessGroup) -> dict[str, float]:
        """Return the latest values, averaged over the processes."""
        if not self._names:
            return {}
        means = peers.mean(torch.stack([self._latest[name] for name in self._names]))
        return dict(zip(self._names, means.tolist(), strict=True))

    def restore(self, values: Mapping[str, float]) -> None:
        """Go back to `values`, all of them finite."""
        device = self._broken.device
        self._latest = {name: torch.tensor(values[name], device=device) for name in self._names}
        self._broken.fill_(NEVER)

    def check_finite(self, peers: ProcessGroup, schedule: "Schedule", regularizers: Set[str]) -> None:
        """Raise where a term became non-finite on any process.

        Raises:
            TrainingDiverged: naming the terms that did first, and the step.
        """
        broken = peers.gather(self._broken[None]).amin(0).tolist()
        first = min(broken, default=NEVER)
        if first == NEVER:
            return
        at_once = [name for name, step in zip(self._names, broken, strict=True) if step == first]
        # The generator learns behind the discriminator, and is spoilt by a spoilt one.
        culprits = [name for name in at_once if name not in self._generator] or at_once
        named = " and ".join(f"{name} ({float(self._latest[name])})" for name in culprits)
        weights = " or the weight of that regularizer" if regularizers & set(culprits) else ""
        raise TrainingDiverged(
            f"{named} became non-finite at step {first} of {schedule.steps}: lower the learning rates "
            f"(generator {schedule.generator_rate:g}, discriminator {schedule.discriminator_rate:g})"
            f"{weights}, or put a gradient penalty such as r1 on the discriminator"
        )
