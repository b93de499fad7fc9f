"""Keep a random share of each class: the control that every other selector must beat."""

from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from genaug.contracts import Candidates, Context, Selector
from genaug.data import Selection, TrainView
from genaug_plugins.selectors.lots import drawn_lots


class RandomSelector(Selector):
    """Keep candidates by lot, class by class.

    With neither `per_class` nor `share` set, half of each class is kept.
    """

    name: ClassVar[str] = "random"

    per_class: int | None = Field(default=None, ge=0)
    """How many of each class are kept; None: go by `share`."""
    share: float | None = Field(default=None, ge=0, le=1)
    """Which share of each class is kept, rounded to the nearest count."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.per_class is not None and self.share is not None:
            raise ValueError("set per_class or share, not both")
        return self

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Draw a lot for each candidate, and keep the lowest of each class."""
        labels = candidates.pool.samples.labels
        lots = drawn_lots(candidates.pool.ids, context.seed, "random")
        reasons = np.full(len(labels), "", dtype="<U80")
        notes = []
        for label, name in enumerate(train.spec.class_names):
            rows = np.flatnonzero(labels == label)
            rows = rows[np.argsort(lots[rows], kind="stable")]
            quota = self._quota(len(rows))
            reasons[rows[quota:]] = f"not among the {quota} of {len(rows)} drawn for its class"
            if self.per_class is not None and len(rows) < self.per_class:
                notes.append(f"class {name!r} has {len(rows)} candidates; {self.per_class} were asked for")
        return Selection(reasons == "", reasons, {"lot": lots}, tuple(notes))

    def _quota(self, candidates: int) -> int:
        if self.per_class is not None:
            return min(self.per_class, candidates)
        return round((0.5 if self.share is None else self.share) * candidates)
