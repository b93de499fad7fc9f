"""Which samples the page shows, and what it tells of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genaug.contracts import Evidence
from genaug.data import Pair
from genaug_plugins.exporters.report.pictures import DRAWN, data_uri
from genaug_plugins.exporters.report.words import number

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """Hold one sample as it is shown.

    Attributes:
        picture: its data URI.
        alt: what it is, for those who do not see it.
        facts: what is known of it, label and text.
    """

    picture: str
    alt: str
    facts: Facts


@dataclass(frozen=True)
class Group:
    """Hold some of the real, kept or dropped samples of a class, and how many there are in all."""

    status: str
    shown: list[Shown]
    total: int


@dataclass(frozen=True)
class ShownPair:
    """Hold a candidate, the training sample closest to it, the candidate's class, and their distance."""

    candidate: Shown
    training: Shown
    label: str
    distance: str


class Gallery:
    """Show samples of a run, always the same ones: those whose content hash comes first."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._modality = evidence.spec.modality
        channels = evidence.spec.shape[0]
        self.can_show = self._modality in DRAWN and (self._modality != "image" or channels <= 4)
        self._candidate_row = {id_: row for row, id_ in reversed(list(enumerate(evidence.pool.ids.tolist())))}
        self._training_row = {
            id_: row for row, id_ in reversed(list(enumerate(evidence.train.samples.ids.tolist())))
        }

    def of_class(self, label: int, most: int) -> list[Group]:
        """Return the real, the kept and the dropped samples of a class, at most `most` of each."""
        train, pool, kept = self._evidence.train.samples, self._evidence.pool, self._evidence.funnel.kept
        made = pool.samples.labels == label
        real = np.flatnonzero(train.labels == label)
        return [
            Group("real", [self.real(row) for row in _picked(train.ids, real, most)], len(real)),
            *(
                Group(
                    status,
                    [self.candidate(row) for row in _picked(pool.ids, rows, most)],
                    len(rows),
                )
                for status, rows in (
                    ("kept", np.flatnonzero(made & kept)),
                    ("dropped", np.flatnonzero(made & ~kept)),
                )
            ),
        ]

    def pairs(self, pairs: Sequence[Pair]) -> list[ShownPair]:
        """Return the pairs whose samples are a candidate and a training sample of this run."""
        return [
            ShownPair(
                self.candidate(self._candidate_row[pair.candidate]),
                self.real(self._training_row[pair.training]),
                self._class(self._evidence.pool.samples.labels[self._candidate_row[pair.candidate]]),
                number(pair.distance),
            )
            for pair in pairs
            if pair.candidate in self._candidate_row and pair.training in self._training_row
        ]

    def real(self, row: int) -> Shown:
        """Return a training sample."""
        samples = self._evidence.train.samples
        name = self._class(samples.labels[row])
        return Shown(
            data_uri(samples.values[row], self._modality),
            f"real sample of {name}",
            [
                ("Sample", "real, of the training view"),
                ("Class", name),
                ("Content id", str(samples.ids[row])),
            ],
        )

    def candidate(self, row: int) -> Shown:
        """Return a candidate with its fate, its scores and where it came from."""
        pool, funnel = self._evidence.pool, self._evidence.funnel
        origin = pool.origins[pool.request[row]]
        name = self._class(pool.samples.labels[row])
        kept = bool(funnel.kept[row])
        facts: Facts = [("Sample", "synthetic, kept" if kept else "synthetic, dropped"), ("Class", name)]
        if not kept:
            facts += [("Dropped by", str(funnel.dropped_by[row])), ("Why", str(funnel.reasons[row]))]
        facts += [
            (f"Score {score}", number(float(column[row])))
            for score, column in sorted(funnel.scores.items())
            if not np.isnan(column[row])
        ]
        if origin.prompt:
            facts.append(("Prompt", origin.prompt))
        if origin.sources:
            facts.append(("Started from", ", ".join(origin.sources)))
        facts += [
            ("Generator", origin.generator),
            ("Seed", f"{origin.seed}, place {pool.position[row]} in its request"),
            ("Content id", str(pool.ids[row])),
        ]
        status = "kept" if kept else "dropped"
        return Shown(
            data_uri(pool.samples.values[row], self._modality), f"{status} candidate of {name}", facts
        )

    def _class(self, label: int) -> str:
        return self._evidence.spec.class_names[label]


def _picked(ids: NDArray[np.str_], rows: NDArray[np.intp], most: int) -> list[int]:
    return [int(row) for row in rows[np.argsort(ids[rows], kind="stable")][:most]]
