"""Draw values until they are accepted, a bounded number of times, and count the refused ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

D = TypeVar("D")
V = TypeVar("V")


@dataclass(frozen=True)
class Verdict(Generic[V]):
    """What was drawn.

    Attributes:
        value: as it is kept; None: it cannot be kept, whatever happens.
        fault: why it is drawn again, e.g. ``empty``; "": it is accepted.
    """

    value: V | None
    fault: str = ""


@dataclass(eq=False)
class Accepted(Generic[V]):
    """Values in the order of their generators, and counts.

    Attributes:
        values: None where no draw could be kept.
        refused: number of refused draws by fault.
        kept: number of values that were kept in spite of a fault, by fault, because the draws ran out.
    """

    values: list[V | None]
    refused: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)


def own_generators(count: int, rng: np.random.Generator) -> list[np.random.Generator]:
    """Return a random generator for each of `count` samples, in their order."""
    return [np.random.default_rng(int(seed)) for seed in rng.integers(2**63, size=count)]


def draw_accepted(
    count: int,
    attempts: int,
    draw: Callable[[Sequence[int], bool], Sequence[D]],
    judge: Callable[[D], Verdict[V]],
    key: Callable[[V], object] | None = None,
) -> Accepted[V]:
    """Draw each of `count` values up to `attempts` times, until it is accepted and unlike the others.

    All that wait for a value are drawn at once, and judged in their order; so the result does not depend on
    the size of batches. Where no draw is accepted, the last one that can be kept is kept, and counted.

    Args:
        count: how many values.
        attempts: most draws of each, at least 1.
        draw: ``(places, last)``: returns what is drawn for each of the places, for the last time or not.
        judge: makes a value of it.
        key: values with the same key repeat one another; None: repetition is no fault.
    """
    accepted = Accepted[V]([None] * count)
    faults: dict[int, str] = {}
    seen: set[object] = set()
    waiting = list(range(count))
    for attempt in range(attempts):
        drawn = draw(waiting, attempt == attempts - 1)
        again = []
        for place, value in zip(waiting, drawn, strict=True):
            verdict = judge(value)
            fault = verdict.fault
            if not fault and key is not None and verdict.value is not None:
                if key(verdict.value) in seen:
                    fault = "repeated"
                seen.add(key(verdict.value))
            if verdict.value is not None:
                accepted.values[place] = verdict.value
            if not fault:
                faults.pop(place, None)
                continue
            if verdict.value is not None:
                faults[place] = fault
            accepted.refused[fault] += 1
            again.append(place)
        waiting = again
        if not waiting:
            break
    accepted.kept.update(faults.values())
    accepted.refused.subtract(accepted.kept)
    accepted.refused = +accepted.refused
    return accepted
