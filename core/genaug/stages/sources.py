"""The training samples that requests start from, by their ids."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from genaug.data import Request, Samples, TrainView


class TrainingSamples:
    """Training samples by id, the unlabelled ones among them.

    Args:
        train: the training view.
    """

    def __init__(self, train: TrainView) -> None:
        self._train = train

    @cached_property
    def _rows(self) -> dict[str, int]:
        """Return the row of each id; unlabelled samples follow the labelled ones."""
        ids = self._train.samples.ids.tolist()
        if self._train.unlabelled is not None:
            ids += self._train.unlabelled.ids.tolist()
        return {identity: row for row, identity in reversed(list(enumerate(ids)))}

    def unknown(self, ids: Sequence[str]) -> str | None:
        """Return the first id that belongs to no training sample; None where all are known."""
        return next((identity for identity in ids if identity not in self._rows), None)

    def fill_in(self, request: Request) -> Request:
        """Return a request with the samples that its sources name.

        Raises:
            KeyError: where one is unknown.
        """
        if not request.sources:
            return request
        rows = np.array([self._rows[identity] for identity in request.sources])
        labelled, unlabelled = self._train.samples, self._train.unlabelled
        own = rows < len(labelled)
        if unlabelled is None or own.all():
            return replace(request, source_samples=labelled.take(rows))
        found = [labelled.take(rows[own]), unlabelled.take(rows[~own] - len(labelled))]
        joined = Samples.join([Samples(part.values, part.labels) for part in found])  # these have no targets
        order = np.argsort(np.argsort(~own, kind="stable"), kind="stable")
        return replace(request, source_samples=joined.take(order))
