"""What is written out for people and for other programs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from genaug.components.component import Component
from genaug.contracts.validator import Evidence
from genaug.data import Findings


@dataclass(frozen=True, eq=False)
class CompletedRun:
    """Hold a run up to its findings.

    Attributes:
        config: the complete config, every default written out.
        versions: version of Python and of each distribution that had a part.
        audit: what the audit found: counts, problems, copies; see `genaug.data.audit`.
        history: what the generator logged while fitting; ``step`` names the steps.
        warnings: what the generator wants a person to know of its fit, a sentence each.
        evidence: views, pool and funnel.
        findings: those of each validator, in order.
        start: what is known of the fit that the generator began from. ``none``: there was none.
            ``checked``: it has learned from no sample of the validation and test view. ``stated``: the
            config says so, and it could not be checked.
    """

    config: Mapping[str, Any]
    versions: Mapping[str, str]
    audit: Mapping[str, Any]
    history: Mapping[str, Sequence[float]]
    warnings: tuple[str, ...]
    evidence: Evidence
    findings: tuple[Findings, ...]
    start: str = "none"


class Exporter(Component):
    """Promise files.

    The same run gives the same bytes: no clock, no absolute path.
    """

    kind: ClassVar[str] = "exporter"
    page: ClassVar[str | None] = None
    """File name of the page that a person should open, where this exporter writes one."""

    @property
    def uses_pipeline_extractor(self) -> bool:
        """Return false: an exporter is handed no context."""
        return False

    @abstractmethod
    def export(self, run: CompletedRun, folder: Path) -> None:
        """Write into the empty `folder`, and nowhere else."""
