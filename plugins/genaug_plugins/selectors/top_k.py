"""Keep what a judge, trained on the real data, takes for the class it should be."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from genaug.contracts import Candidates, Context, Selector, Task
from genaug.data import Samples, Selection, TrainView
from genaug.errors import PluginFailed
from genaug.references import Use
from genaug.seeds import derive_seed


class TopKSelector(Selector):
    """Keep a candidate iff its class is among the judge's k most probable ones.

    The judge is fitted here, on the training view alone. It knows no more than that view does: with
    few samples it is unsure, and it favours what looks like them.
    """

    name: ClassVar[str] = "top-k"

    k: int = Field(default=1, ge=1)
    """How far down the judge's ranking a candidate's class may stand."""
    judge: Use[Task] = Field(default={"use": "classification"}, validate_default=True)
    """The task whose model judges."""

    def select(self, candidates: Candidates, train: TrainView, context: Context) -> Selection:
        """Fit the judge, and rank each candidate's class: 1 + the number of classes more probable.

        A class that has no training samples cannot be recognised: its rank is the last.

        Raises:
            DataError: where the judge cannot learn the training view.
        """
        samples = candidates.pool.samples
        classes = train.spec.classes
        if len(samples) == 0:
            none = np.zeros(0)
            return Selection(none.astype(bool), none.astype("<U1"), {"probability": none, "rank": none})
        model = self.judge.fit(train.spec, train.samples, derive_seed(context.seed, "judge"), context.device)
        p = self._checked(model.predict(samples), samples, classes)
        own = p[np.arange(len(p)), samples.labels]
        rank = 1 + (p > own[:, None]).sum(axis=1)

        unknown = train.samples.per_class(classes)[samples.labels] == 0
        rank[unknown] = classes
        kept = (rank <= self.k) & ~unknown
        reasons = np.array(
            [
                ""
                if keep
                else "its class has no training samples: the judge cannot know it"
                if blank
                else f"the judge ranked its class {r} of {classes}; rank {self.k} is the last kept"
                for keep, blank, r in zip(kept, unknown, rank, strict=True)
            ]
        )
        return Selection(
            kept,
            reasons,
            {"probability": own.astype(np.float64), "rank": rank.astype(np.float64)},
            self._notes(samples, kept, train),
        )

    def _checked(self, p: NDArray[np.float64], samples: Samples, classes: int) -> NDArray[np.float64]:
        if p.shape != (len(samples), classes) or not np.isfinite(p).all():
            raise PluginFailed(
                f"selector top-k: the judge {self.judge.name!r} returned {list(p.shape)} values, "
                f"{int((~np.isfinite(p)).sum())} of them not finite, where {len(samples)} x {classes} "
                "probabilities were due"
            )
        return p

    def _notes(self, samples: Samples, kept: NDArray[np.bool_], train: TrainView) -> tuple[str, ...]:
        notes = []
        if self.k >= train.spec.classes:
            notes.append(f"k = {self.k} keeps every candidate: there are only {train.spec.classes} classes")
        training = train.samples.per_class(train.spec.classes)
        for label, name in enumerate(train.spec.class_names):
            rows = samples.labels == label
            if rows.any() and not training[label]:
                notes.append(f"class {name!r} has no training samples: none of its candidates is kept")
            elif rows.any() and not kept[rows].any():
                notes.append(f"the judge recognised none of the {rows.sum()} candidates of class {name!r}")
        return tuple(notes)
