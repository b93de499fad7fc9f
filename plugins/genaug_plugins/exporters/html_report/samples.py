"""The samples that the page shows, with the facts about each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Evidence
from genaug.data import Pair
from genaug_plugins.exporters.html_report.facts import Facts, candidate_facts
from genaug_plugins.exporters.html_report.pictures import DRAWN
from genaug_plugins.exporters.html_report.thumbnails import Thumbnails
from genaug_plugins.exporters.html_report.words import number


@dataclass(frozen=True)
class Shown:
    """A sample as it is shown.

    Attributes:
        picture: the key of its picture; see `Thumbnails`.
        alt: alternative text of the picture.
        facts: about the sample, as pairs of label and text.
    """

    picture: str
    alt: str
    facts: Facts


@dataclass(frozen=True)
class Group:
    """Some of the real, kept or dropped samples of a class, and their total number."""

    status: str
    shown: list[Shown]
    total: int


@dataclass(frozen=True)
class ShownPair:
    """A candidate, its nearest training sample, the candidate's class, and their distance."""

    candidate: Shown
    training: Shown
    label: str
    distance: str


@dataclass(frozen=True)
class Point:
    """The sample of a point in a chart.

    Attributes:
        trace: number of the chart's trace.
        place: index of the point in it.
        shown: the sample.
    """

    trace: int
    place: int
    shown: Shown


class Gallery:
    """The samples of a run to show: always those with the smallest content hashes."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        spec = evidence.spec
        self.can_show = spec.modality in DRAWN and (spec.modality != "image" or spec.shape[0] <= 4)
        self._views = {
            "training": evidence.train.samples,
            "validation": evidence.validation.samples,
            "test": evidence.test.samples,
        }
        parts = {**self._views, "candidate": evidence.pool.samples}
        self.thumbnails = Thumbnails(parts, spec)
        # Of equal samples the first is used; of a candidate that copies a real sample, the candidate.
        self._rows = {name: _rows(part.ids) for name, part in parts.items()}

    def of_class(self, label: int, most: int) -> list[Group]:
        """Return the real, the kept and the dropped samples of a class, at most `most` of each."""
        train, pool, kept = self._evidence.train.samples, self._evidence.pool, self._evidence.funnel.kept
        made = pool.labels == label
        real = np.flatnonzero(train.labels == label)
        return [
            Group("real", [self.real(row) for row in picked(train.ids, real, most)], len(real)),
            *(
                Group(
                    status,
                    [self.candidate(row) for row in picked(pool.ids, rows, most)],
                    len(rows),
                )
                for status, rows in (
                    ("kept", np.flatnonzero(made & kept)),
                    ("dropped", np.flatnonzero(made & ~kept)),
                )
            ),
        ]

    def pairs(self, pairs: Sequence[Pair], most: int) -> list[ShownPair]:
        """Return the first pairs whose samples are a candidate and a training sample of this run."""
        candidates, training = self._rows["candidate"], self._rows["training"]
        known = [pair for pair in pairs if pair.candidate in candidates and pair.training in training]
        return [
            ShownPair(
                self.candidate(candidates[pair.candidate]),
                self.real(training[pair.training]),
                self._class(self._evidence.pool.labels[candidates[pair.candidate]]),
                number(pair.distance),
            )
            for pair in known[:most]
        ]

    def points(self, samples: Sequence[Sequence[str]], most: int) -> list[Point]:
        """Return at most `most` samples of a chart's points, taken from the traces in turn."""
        order = sorted(
            (rank, trace, place)
            for trace, ids in enumerate(samples)
            for rank, place in enumerate(sorted(range(len(ids)), key=ids.__getitem__))
        )
        found = ((trace, place, self.find(samples[trace][place])) for _, trace, place in order)
        picked = [(trace, place, where) for trace, place, where in found if where][:most]
        return [
            Point(trace, place, self.candidate(row) if part == "candidate" else self.real(row, part))
            for trace, place, (part, row) in sorted(picked)
        ]

    def real(self, row: int, view: str = "training") -> Shown:
        """Return a sample of a view."""
        samples = self._views[view]
        name = self._class(samples.labels[row])
        return Shown(
            self.thumbnails.want(view, row),
            f"real sample of {name}" if view == "training" else f"real {view} sample of {name}",
            [
                ("Sample", f"real, of the {view} view"),
                ("Class", name),
                ("Content id", str(samples.ids[row])),
            ],
        )

    def candidate(self, row: int) -> Shown:
        """Return a candidate with its outcome, its scores and its origin."""
        status = "kept" if self._evidence.funnel.kept[row] else "dropped"
        alt = f"{status} candidate of {self._class(self._evidence.pool.labels[row])}"
        return Shown(self.thumbnails.want("candidate", row), alt, candidate_facts(self._evidence, row))

    def find(self, id_: str, first: str = "candidate") -> tuple[str, int] | None:
        """Return the part, searched from `first` on, and the row of a sample; None if it is nowhere."""
        for part in dict.fromkeys((first, "candidate", *self._views)):
            row = self._rows[part].get(id_)
            if row is not None:
                return part, row
        return None

    def _class(self, label: int) -> str:
        return self._evidence.spec.class_names[label]


def _rows(ids: NDArray[np.str_]) -> dict[str, int]:
    return {id_: row for row, id_ in reversed(list(enumerate(ids.tolist())))}


def picked(ids: NDArray[np.str_], rows: NDArray[np.intp], most: int) -> list[int]:
    """Return at most `most` of the rows: those with the smallest content ids."""
    return [int(row) for row in rows[np.argsort(ids[rows], kind="stable")][:most]]
