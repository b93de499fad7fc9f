"""Facts of a data set and its split, known before anything is learned."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from genaug.data.samples import IntArray
from genaug.data.spec import SampleSpec
from genaug.data.split import Split


def _no_proposal(test: int) -> Split | None:
    return None


@dataclass(frozen=True, eq=False)
class DataFacts:
    """What is known of the data before anything is learned; see `Component.check_data`.

    Attributes:
        spec: what a sample is.
        split: the settings of the split.
        train, validation, test: number of labelled samples of each class in each view, int64 ``[classes]``.
        unlabelled: number of samples without a class.
        grouped: whether samples have groups, which are never separated.
        existing: number of samples of each class that the generator can return, int64 ``[classes]``, where it
            can only return existing ones (`Generator.existing`); None: it makes them.
        candidates: most candidates of each class that can reach the component, int64 ``[classes]``: those
            that the strategy asks for (`Strategy.candidates`), as far as earlier selectors can keep them
            (`Selector.most_kept`). None: not known.
        folds: number of folds whose test samples share one verdict; 1: there are none.
        propose: returns settings of a split with that many test samples, None where there are none.
    """

    spec: SampleSpec
    split: Split
    train: IntArray
    validation: IntArray
    test: IntArray
    unlabelled: int = 0
    grouped: bool = False
    candidates: IntArray | None = None
    existing: IntArray | None = None
    folds: int = 1
    propose: Callable[[int], Split | None] = field(default=_no_proposal, repr=False)

    @property
    def tested_of_classes(self) -> IntArray:
        """Return the test samples of each class behind one verdict, which rests on all folds."""
        return self.test if self.folds == 1 else self.train + self.validation + self.test

    @property
    def tested(self) -> int:
        """Return the number of test samples of one verdict."""
        return int(self.tested_of_classes.sum())

    def with_candidates(self, candidates: IntArray | None) -> Self:
        """Return the facts with another number of candidates of each class."""
        return replace(self, candidates=candidates)

    def of_classes(self, counts: IntArray) -> str:
        """Return counts of each class in words, the smallest and the largest: ``4 ('a') to 9 ('b')``."""
        low, high = int(np.argmin(counts)), int(np.argmax(counts))
        names = self.spec.class_names
        if counts[low] == counts[high]:
            return f"{counts[low]} in every class"
        return f"{counts[low]} ({names[low]!r}) to {counts[high]} ({names[high]!r})"
