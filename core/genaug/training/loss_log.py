"""The terms of the losses, kept on the device, and the step at which one became non-finite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from genaug.training.distributed import ProcessGroup

NEVER = 2**62


@dataclass(frozen=True)
class NonFinite:
    """The first step at which terms of a loss were not finite.

    Attributes:
        step: the step, 1 or more.
        terms: the latest values of the terms that were not finite at that step, by name.
    """

    step: int
    terms: Mapping[str, float]


class LossLog:
    """The latest value of each term of the losses, and the first step at which it was not finite.

    Only `values` and `non_finite` wait for the device.

    Args:
        names: of all terms; one that is not computed at a step keeps its value.
        device: of the terms.
    """

    def __init__(self, names: Sequence[str], device: torch.device) -> None:
        self._names = list(names)
        self._latest = {name: torch.zeros((), device=device) for name in self._names}
        self._now: dict[str, Tensor] = {}
        self._first_broken = torch.full((len(self._names),), NEVER, device=device)

    def begin(self) -> None:
        """Start a step."""
        self._now = {}

    def add(self, terms: Mapping[str, Tensor], share: float) -> None:
        """Add the terms of a part of the batch, weighted by its share of the batch."""
        for name, term in terms.items():
            part = term.detach() * share
            self._now[name] = self._now[name] + part if name in self._now else part

    def end(self, step: int) -> None:
        """Store the terms of the step with this number."""
        self._latest |= self._now
        if self._names:
            finite = torch.isfinite(torch.stack([self._latest[name] for name in self._names]))
            self._first_broken = torch.where(finite, self._first_broken, self._first_broken.clamp_max(step))

    def values(self, group: ProcessGroup) -> dict[str, float]:
        """Return the latest values, averaged over the processes."""
        if not self._names:
            return {}
        means = group.mean(torch.stack([self._latest[name] for name in self._names]))
        return dict(zip(self._names, means.tolist(), strict=True))

    def restore(self, values: Mapping[str, float]) -> None:
        """Go back to finite `values`."""
        device = self._first_broken.device
        self._latest = {name: torch.tensor(values[name], device=device) for name in self._names}
        self._first_broken.fill_(NEVER)

    def non_finite(self, group: ProcessGroup) -> NonFinite | None:
        """Return the terms that were the first to become non-finite on any process; None: all were finite."""
        broken = group.gather(self._first_broken[None]).amin(0).tolist()
        first = min(broken, default=NEVER)
        if first == NEVER:
            return None
        at_once = [name for name, step in zip(self._names, broken, strict=True) if step == first]
        return NonFinite(first, {name: float(self._latest[name]) for name in at_once})
