"""The findings of a run, as a sequence and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from genaug.data import Findings
from genaug.runs import html
from genaug.runs.extras import needed

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("validator", "finding", "value", "low", "high", "n", "real", "better", "note")
"""Of the table: value with its 95 % interval, the same measured between real samples, and the direction."""


class FindingsTable(Sequence[Findings]):
    """The findings of each validator of a run, in their order."""

    def __init__(self, findings: Sequence[Findings]) -> None:
        self._findings = tuple(findings)

    @overload
    def __getitem__(self, index: int) -> Findings: ...

    @overload
    def __getitem__(self, index: slice) -> FindingsTable: ...

    def __getitem__(self, index: int | slice) -> Findings | FindingsTable:
        if isinstance(index, slice):
            return FindingsTable(self._findings[index])
        return self._findings[index]

    def __len__(self) -> int:
        return len(self._findings)

    def __repr__(self) -> str:
        names = ", ".join(f"{one.validator} ({len(one.findings)})" for one in self)
        return f"<findings of {names or 'no validator'}>"

    def rows(self) -> list[tuple[Any, ...]]:
        """Return a row for each finding, with `COLUMNS`."""
        return [
            (
                *(group.validator, one.name, one.value, *(one.interval or (None, None))),
                *(one.n, one.reference, one.better, one.note),
            )
            for group in self
            for one in group.findings
        ]

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each finding, with `COLUMNS`.

        Raises:
            MissingRequirement: where pandas is not installed.
        """
        pandas = needed("pandas", "findings.to_pandas()")
        frame: pd.DataFrame = pandas.DataFrame(self.rows(), columns=list(COLUMNS))
        return frame

    def _repr_html_(self) -> str:
        return html.table(COLUMNS, self.rows())
