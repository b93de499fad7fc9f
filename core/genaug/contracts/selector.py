"""Which candidates are kept."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug.component import Component
from genaug.contracts.context import Context
from genaug.data import Pool, Selection, TrainView


@dataclass(frozen=True, eq=False)
class Candidates:
    """Hold the candidates that earlier selectors left, with the scores those gave.

    Attributes:
        pool: N candidates with their lineage.
        scores: float64 ``[N]`` under ``step.score``.
    """

    pool: Pool
    scores: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.pool)


class Selector(Component):
    """Promise a decision on every candidate."""

    kind: ClassVar[str] = "selector"

    @abstractmethod
    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Decide on each candidate, with a reason for each one dropped and every score computed.

        N may be 0. Choices rest on the candidates and the training view alone.
        """
