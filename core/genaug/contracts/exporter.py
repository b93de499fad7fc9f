"""Exporters write the results of a run for people and for other programs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genaug.components.component import Component
from genaug.contracts.compared_runs import ComparedRuns
from genaug.contracts.validator import Evidence
from genaug.data import Findings


@dataclass(frozen=True, eq=False)
class CompletedRun:
    """A run with its findings, before it is exported.

    Attributes:
        config: the complete config, every default written out.
        versions: version of Python and of each distribution that takes part.
        audit: the audit of the data: counts, problems, copies; see `genaug.data.audit`.
        history: what the generator logged while fitting; ``step`` names the steps.
        warnings: warnings of the fit, a sentence each.
        evidence: views, pool and funnel.
        findings: those of each validator, in order.
        start: the fit that the generator started from. ``none``: there was none. ``checked``: it has
            learned from no sample of the validation and test views. ``stated``: the config states this, and
            it could not be checked.
        files: by the name of a view, ``[N]`` path of the original file of each of its samples, empty where
            a sample has none; no entry where no sample has one.
        model: the choice of the task's model, in a sentence; empty where the config names it.
        folds: number of folds whose runs are joined; 1: there are none. The training view then has every
            real sample, and the other views are empty.
    """

    config: Mapping[str, Any]
    versions: Mapping[str, str]
    audit: Mapping[str, Any]
    history: Mapping[str, Sequence[float]]
    warnings: tuple[str, ...]
    evidence: Evidence
    findings: tuple[Findings, ...]
    start: str = "none"
    files: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    model: str = ""
    folds: int = 1


class Exporter(Component):
    """Base class of exporters: they write files.

    The same run gives the same bytes: without times and absolute paths.
    """

    kind: ClassVar[str] = "exporter"
    page: ClassVar[str | None] = None
    """Name of the page to open; None where the exporter writes none."""

    @property
    def uses_pipeline_extractor(self) -> bool:
        """Return false: an exporter gets no context."""
        return False

    @abstractmethod
    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write the run into the empty `folder`, and nowhere else."""

    def compare(self, runs: ComparedRuns) -> str | None:
        """Return a page that compares finished runs, as HTML; None where the exporter makes none."""
        return None
