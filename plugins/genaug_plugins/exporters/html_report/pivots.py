"""Tables of findings with the same form: `score[arm]` of many arms and scores has one row per arm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from genaug.data import Finding
from genaug_plugins.exporters.html_report.words import alike, interval, number, titled

T = TypeVar("T")
Key = tuple[str, str]
"""The measure, and its arm."""


@dataclass(frozen=True)
class Head:
    """The head of a row or of a column.

    Attributes:
        name: the measure, or the arm.
        better: which direction is better, if it is a measure with one.
        common: what all of its values share: the reference of a measure, the n of an arm.
        marks: numbers of the footnotes that apply to all of its values.
    """

    name: str
    better: Literal["higher", "lower"] | None
    common: str
    marks: list[int]


@dataclass(frozen=True)
class Cell:
    """One value, its interval, and what is not in the heads."""

    value: str
    interval: str
    apart: str


@dataclass(frozen=True)
class Notes:
    """The notes of a table, without duplicates.

    Attributes:
        everywhere: parts that apply to every value.
        footnotes: parts that apply to all values of a measure, or of an arm.
        heads: the footnotes of each measure and each arm.
        alone: parts that apply to one value, with its name.
    """

    everywhere: list[str]
    footnotes: list[str]
    heads: dict[str, list[str]]
    alone: list[tuple[str, str]]


@dataclass(frozen=True)
class Pivot:
    """A table of measures that have the same arms.

    Attributes:
        across: heads of the columns.
        down: head and cells of each row.
        notes: on the values.
        has_reference: whether a value has a reference.
    """

    across: list[Head]
    down: list[tuple[Head, list[Cell]]]
    notes: Notes
    has_reference: bool


def pivoted(findings: Sequence[Finding], lead: str) -> tuple[list[Pivot], list[Finding]]:
    """Return a table for each group of measures with the same arms, and the other findings.

    Args:
        findings: of one validator.
        lead: metric of the verdict; the measure of that name comes first.
    """
    keys = [titled(finding) for finding in findings]
    arms: dict[str, list[str]] = {}
    for what, of in keys:
        arms.setdefault(what, []).append(of)
    alike: dict[frozenset[str], list[str]] = {}
    for what, those in arms.items():
        if len(those) > 1 and len(set(those)) == len(those) and "" not in those:
            alike.setdefault(frozenset(those), []).append(what)
    groups = []
    for whats in alike.values():
        if len(whats) > 1:  # the leading measure first: the longest name that is a prefix of `lead`
            leading = max((one for one in whats if f"{lead} ".startswith(f"{one} ")), key=len, default=None)
            groups.append(
                [*(one for one in whats if one == leading), *(one for one in whats if one != leading)]
            )
    taken = {what for whats in groups for what in whats}
    by_key = dict(zip(keys, findings, strict=True))
    tables = [
        _pivot(whats, arms[whats[0]], {(what, of): by_key[what, of] for what in whats for of in arms[what]})
        for whats in groups
    ]
    return tables, [one for (what, _), one in zip(keys, findings, strict=True) if what not in taken]


def _pivot(whats: Sequence[str], arms: Sequence[str], found: Mapping[Key, Finding]) -> Pivot:
    # A reference that a measure's arms share, and an n that an arm's measures share, are put in the head.
    references = {w: _only({found[w, of].reference for of in arms} - {None}) for w in whats}
    counts = {of: _only({found[w, of].n for w in whats}) for of in arms}
    count = _only(set(counts.values()))
    notes = _notes(whats, arms, found, "" if count is None else f"each value: n = {count:,}")
    measures = [
        Head(
            what,
            _only({found[what, of].better for of in arms}),
            _after("reference ", references[what]),
            _marks(notes, what),
        )
        for what in whats
    ]
    sides = [
        Head(of, None, "" if count is not None else _after("n = ", counts[of]), _marks(notes, of))
        for of in arms
    ]

    texts = {what: _texts({of: found[what, of] for of in arms}) for what in whats}

    def cell(what: str, of: str) -> Cell:
        one = found[what, of]
        apart = [
            _after("p = ", one.p),
            _after("reference ", one.reference if references[what] is None else None),
            _after("n = ", one.n if counts[of] is None else None),
        ]
        return Cell(*texts[what][of], ", ".join(filter(None, apart)))

    # With few arms and many measures, each measure is a row: screens are narrow.
    if len(arms) >= len(whats) / 2:
        across, down = measures, [(side, [cell(what, side.name) for what in whats]) for side in sides]
    else:
        across, down = sides, [(head, [cell(head.name, of) for of in arms]) for head in measures]
    return Pivot(across, down, notes, any(one.reference is not None for one in found.values()))


def _texts(of_arms: Mapping[str, Finding]) -> dict[str, tuple[str, str]]:
    """Return the value and the interval of each arm; with equal decimals if all have intervals.

    Given an interval, no value needs more digits than the largest one of the measure.
    """
    ends = {of: one.interval for of, one in of_arms.items() if one.interval is not None}
    if len(ends) < len(of_arms):
        return {
            of: (number(one.value), "" if one.interval is None else interval(one.interval))
            for of, one in of_arms.items()
        }
    flat = [value for of, one in of_arms.items() for value in (one.value, *ends[of])]
    said = iter(alike(flat))
    return {of: (next(said), f"{next(said)} to {next(said)}") for of in of_arms}


def _notes(whats: Sequence[str], arms: Sequence[str], found: Mapping[Key, Finding], count: str) -> Notes:
    parts = {key: list(dict.fromkeys(filter(None, one.note.split("; ")))) for key, one in found.items()}
    everywhere = _shared(parts.values())
    heads = {w: _shared(parts[w, of] for of in arms) for w in whats}
    for of in arms:
        heads[of] = list(dict.fromkeys([*heads.get(of, []), *_shared(parts[w, of] for w in whats)]))
    footnotes = list(dict.fromkeys(part for those in heads.values() for part in those))
    said = {key: {*everywhere, *heads[key[0]], *heads[key[1]]} for key in parts}
    left = {key: [part for part in those if part not in said[key]] for key, those in parts.items()}
    return Notes(
        [*everywhere, *([count] if count else [])],
        [part for part in footnotes if part not in everywhere],
        heads,
        [(f"{what} · {of}", "; ".join(those)) for (what, of), those in left.items() if those],
    )


def _marks(notes: Notes, head: str) -> list[int]:
    return [place for place, part in enumerate(notes.footnotes, start=1) if part in notes.heads[head]]


def _shared(notes: Iterable[Sequence[str]]) -> list[str]:
    """Return the parts that all of the notes contain."""
    first, *others = notes
    return [part for part in first if all(part in other for other in others)]


def _only(values: Iterable[T | None]) -> T | None:
    """Return the value that all have; None if they differ, or there are none."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _after(word: str, value: float | None) -> str:
    return "" if value is None else word + number(value)
