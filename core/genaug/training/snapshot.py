"""A snapshot of a running training, for hooks that look at it."""

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
    """What a hook may look at while a generator trains, and must leave as it is.

    A kind of training may publish a subclass with more, e.g. `genaug.adversarial.AdversarialSnapshot`
    with the discriminator.

    Attributes:
        step, total: updates done, and in all.
        spec: what a sample is.
        sample: ``(label, count, seed) -> float32 [count, *shape]``, samples of one class as the
            generator makes them now. The same seed gives the same noise for each label at each step.
    """

    step: int
    total: int
    spec: SampleSpec
    sample: SampleNow
