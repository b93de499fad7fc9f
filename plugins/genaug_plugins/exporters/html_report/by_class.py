"""Tables of the values of each class: one row per class, one column per arm or measure."""

from collections.abc import Sequence
from dataclasses import dataclass

from genaug.data import Finding
from genaug_plugins.exporters.html_report.words import number, titled


@dataclass(frozen=True)
class ClassTable:
    """A table of the values of each class.

    Attributes:
        title: what the columns have in common: the measure or the arm.
        columns: the other of the two, for each column.
        rows: a class's name and its values.
    """

    title: str
    columns: list[str]
    rows: list[tuple[str, list[str]]]


def by_class(findings: Sequence[Finding]) -> tuple[list[ClassTable], set[str]]:
    """Return tables of the values of each class, and the names of the findings that they contain.

    A measure of several arms becomes a table with a column for each arm. The remaining measures of one arm
    share a table with a column for each measure. Single columns are left out, but those of a measure that no
    finding has by itself: the recalls, whose mean is the balanced accuracy.
    """
    tables: list[ClassTable] = []
    done: set[str] = set()
    with_classes = [one for one in findings if one.per_class]
    for side in (0, 1):
        groups: dict[str, list[tuple[str, Finding]]] = {}
        for finding in with_classes:
            names = titled(finding)
            if finding.name not in done and all(names):
                names = (finding.class_measure or names[0], names[1])
                groups.setdefault(names[side], []).append((names[1 - side], finding))
        for title, columns in groups.items():
            if len(columns) > 1 or columns[0][1].class_measure:
                classes = dict.fromkeys(name for _, one in columns for name in one.per_class)
                rows = [(name, [number(one.per_class.get(name)) for _, one in columns]) for name in classes]
                tables.append(ClassTable(title, [column for column, _ in columns], rows))
                done |= {finding.name for _, finding in columns}
    return tables, done
