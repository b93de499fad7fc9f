"""Keep the candidates nearest to the mean of their class."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from genaug import Candidates, Context, Extractor, Selector, Use
from genaug.data import Selection, TrainView


class TypicalSelector(Selector):
    """Keep a share of each class's candidates: those nearest to the mean of its training samples."""

    name: ClassVar[str] = "typical"

    share: float = Field(default=0.5, gt=0, le=1)
    """Share of the candidates of each class that is kept, at least one."""
    extractor: Use[Extractor] | None = None
    """Feature space in which distances are taken; None: the pipeline's."""

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Rank each class's candidates by their distance to its mean."""
        features = context.features(self.extractor, candidates.pool.samples)
        known = context.features(self.extractor, train.samples)
        distance = np.full(len(candidates), np.nan)
        kept = np.zeros(len(candidates), dtype=np.bool_)
        for label in range(train.spec.classes):
            rows = np.flatnonzero(candidates.pool.samples.labels == label)
            mean = known[train.samples.labels == label].mean(axis=0)
            distance[rows] = np.linalg.norm(features[rows] - mean, axis=1)
            keep = int(np.ceil(self.share * len(rows)))
            # Ties are settled by content, so that the order of the candidates decides nothing.
            order = np.lexsort((candidates.pool.ids[rows], distance[rows]))
            kept[rows[order[:keep]]] = True
        reasons = np.where(kept, "", "far from the mean of its class")
        return Selection(kept, reasons, {"distance": distance})
