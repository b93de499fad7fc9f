"""A snapshot of a running training, for hooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genaug.data.spec import SampleSpec

if TYPE_CHECKING:
    from genaug.data.samples import FloatArray

SampleNow = Callable[[int, int, int], "FloatArray"]


@dataclass(frozen=True, eq=False)
class TrainingSnapshot:
    """A snapshot of a training, read-only for hooks.

    A training may publish a subclass, e.g. `genaug.adversarial.AdversarialSnapshot` with the discriminator.

    Attributes:
        step, total: number of completed steps, and of all steps.
        spec: of the samples.
        sample: ``(label, count, seed) -> float32 [count, *shape]``, samples of one class from the current
            generator. The same seed gives the same noise for each label and step.
    """

    step: int
    total: int
    spec: SampleSpec
    sample: SampleNow
