"""Recognition of files of cells: as a table, as texts, or as signals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from genaug import Recognition
from genaug.data.summary import count
from genaug_plugins.sources.id_columns import is_called_id
from genaug_plugins.sources.signal_tables import ID_NAMES, STEP_NAMES
from genaug_plugins.sources.table_look import LONG, Look, LookedColumn, look_at

FEWEST_STEPS = 16
"""Fewest columns of numbers in order, such as t0 … t15, that are a signal."""
MOST_CATEGORIES = 100
REPEATED_IDS = "ids of which rows share some; where such rows belong together, name it in `groups` instead"


def as_table(path: Path) -> Recognition | None:
    """Return how a file of cells is read as a table."""
    look = look_at(path)
    if look is None:
        return None
    settings, notes = _common(path, look)
    reasons = _reasons(look, settings)
    ignore = list(reasons)
    comments = {}
    if ignore:
        settings["ignore"] = ignore
        by_reason: dict[str, list[str]] = {}
        for name, reason in reasons.items():
            by_reason.setdefault(reason, []).append(name)
        said = [f"{_listed(names)} ({reason})" for reason, names in by_reason.items()]
        comments["ignore"] = f"left out: {'; '.join(said)}"
        notes.append(f"left out: {'; '.join(said)}: see `ignore`")
    warnings = [
        f"possible leak: {name!r} is the label {look.label!r} in other words, one value for each class. It "
        "is left out; should it be kept, remove it from `ignore`"
        for name in look.copies
    ]
    others = (*ignore, look.label, look.groups, look.split)
    features = [c for c in look.columns if c.name not in others]
    if not features:
        return None
    settings["label"] = look.label
    label = f"the label is {look.label!r}" if look.label else "no column looks like a class"
    if look.label is None:
        quantity = next(
            (c.name for c in reversed(features) if c.kind in ("number", "whole") and c.different > 10), None
        )
        if quantity is not None and len(features) > 1:
            settings |= {"label": quantity, "quantiles": 3}
            features = [column for column in features if column.name != quantity]
            label = f"the label is three ranges of {quantity!r}"
            notes.append(
                f"no column looks like a class: {quantity!r} is cut into three ranges of equal size "
                "(`quantiles`). To predict the number itself, set `label: null` and "
                f"`targets: [{quantity}]` with a task for numbers: genaug plugins list --kind task"
            )
        else:
            notes.append(
                "no column looks like a class: set `label`; without one there is nothing to classify"
            )
    dated = [column.name for column in look.columns if column.kind == "date" and column.name not in ignore]
    if dated:
        notes.append(
            f"{', '.join(map(repr, dated[:3]))} {'is a date' if len(dated) == 1 else 'are dates'}: where new "
            f"rows are later ones, set `time: {dated[0]}`, so that the test set is the latest"
        )
    notes += [_unlike_a_label(look)] if _unlike_a_label(look) else []
    columns = f"{count(len(features), 'column')} beside the label"
    found = f"a table of {count(look.rows, 'row')} and {columns}; {label}"
    return Recognition(settings, 0.5, found, tuple(notes), tuple(warnings), comments)


def as_texts(path: Path) -> Recognition | None:
    """Return how a file of cells is read as texts: one column of sentences, and few others."""
    look = look_at(path)
    if look is None:
        return None
    settings, notes = _common(path, look)
    free = [
        c for c in look.columns if c.kind == "text" and c.words >= LONG and c.name not in settings.values()
    ]
    if not free:
        return None
    text = max(free, key=lambda column: (column.name.lower() in ("text", "sentence", "review"), column.words))
    others = [
        c
        for c in look.columns
        if c.name not in (text.name, look.label, *settings.values()) and not _no_feature(c, look)
    ]
    settings |= {"text": text.name, "label": look.label}
    label = f"the label is {look.label!r}" if look.label else "no column looks like a class: set `label`"
    if others:
        notes.append(
            f"not used: {', '.join(repr(c.name) for c in others[:5])}; the source table-file reads such "
            "columns, and no texts"
        )
    found = f"{count(look.rows, 'text')} in the column {text.name!r}; {label}"
    confidence = 0.75 if len(others) <= 2 else 0.45
    return Recognition(settings=settings, confidence=confidence, found=found, notes=tuple(notes))


def as_signals(path: Path) -> Recognition | None:
    """Return how a file of cells is read as signals: columns in order, or rows of an id in order."""
    look = look_at(path)
    if look is None:
        return None
    settings, notes = _common(path, look)
    described = (look.label, look.groups, look.split)
    numbers = [c for c in look.columns if c.kind in ("number", "whole", "empty") and c.name not in described]
    others = [c.name for c in look.columns if c not in numbers and c.name not in described]
    label = f"the label is {look.label!r}" if look.label else "no column looks like a class: set `label`"
    settings["label"] = look.label
    identity = next((c for c in look.columns if c.name.lower() in ID_NAMES and _repeats(c)), None)
    step = next((c.name for c in look.columns if c.name.lower() in STEP_NAMES), None)
    if identity is not None and step is not None:
        channels = [c.name for c in numbers if c.name not in (identity.name, step)]
        ignore = [name for name in others if name not in (identity.name, step)]
        if not channels:
            return None
        settings |= {"layout": "long", "id": identity.name, "step": step}
        if ignore:
            settings["ignore"] = ignore
        found = (
            f"signals of {len(channels)} channels, a row for each value: {identity.name!r} tells the signal, "
            f"{step!r} the order; {label}"
        )
        return Recognition(settings=settings, confidence=0.75, found=found, notes=tuple(notes))
    steps = [c for c in numbers if _place(c.name) is not None]
    if len(steps) < FEWEST_STEPS or not _in_order([c.name for c in steps]):
        return None
    ignore = [c.name for c in look.columns if c not in steps and c.name not in described]
    if ignore:
        settings["ignore"] = ignore
    if any(look.column(name).kind in ("number", "whole") and not look.column(name).unique for name in ignore):
        return None  # other measurements beside: columns such as V1 … V28, Amount are a table
    settings["layout"] = "wide"
    values = f"{len(steps)} values, {steps[0].name} to {steps[-1].name}"
    found = f"{count(look.rows, 'signal')} of {values}; {label}"
    notes.append("the columns are numbered in order, as those of signals; `table-file` reads them as a table")
    return Recognition(settings=settings, confidence=0.7, found=found, notes=tuple(notes))


def _common(path: Path, look: Look) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that all readings share, and what was assumed."""
    settings: dict[str, Any] = {"path": str(path), **dict(look.settings)}
    notes = list(look.notes)
    if look.groups:
        settings["groups"] = look.groups
        notes.append(f"rows of one {look.groups!r} stay in one view (`groups`)")
    if look.split:
        settings["split"] = look.split
        notes.append(f"the column {look.split!r} assigns the rows to views (`split`)")
    return settings, notes


def _no_feature(column: LookedColumn, look: Look) -> str:
    """Return why a column cannot tell the class of new rows; "" where it may."""
    if column.name == look.label:
        return ""
    if column.kind == "empty":
        return "no value"
    if column.identifies and (column.kind != "text" or column.words < LONG):
        return "ids: another value in each row, which tells nothing about new ones"
    if column.kind == "text" and (column.different > MOST_CATEGORIES or column.unique):
        ids = column.words < 2 and is_called_id(column.name)
        return REPEATED_IDS if ids else "free text, or too many categories"
    if column.kind == "whole" and is_called_id(column.name) and column.different > MOST_CATEGORIES:
        return REPEATED_IDS
    return ""


def _reasons(look: Look, settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns to leave out of a table, and why."""
    reasons = {}
    for column in look.columns:
        if column.name in settings.values():
            continue
        reason = "the label in other words" if column.name in look.copies else _no_feature(column, look)
        if reason:
            reasons[column.name] = reason
    return reasons


def _unlike_a_label(look: Look) -> str:
    """Return a note on a last column that was not taken as the label, as it has one value; "" for none."""
    last = look.columns[-1]
    if last.different > 1 or last.name in (look.label, look.groups, look.split):
        return ""
    return (
        f"the last column, {last.name!r}, has {'one value only' if last.different else 'no value'}, so it is "
        "not taken as the label"
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _repeats(column: LookedColumn) -> bool:
    return column.present >= 2 * column.different


def _place(name: str) -> float | None:
    """Return the number of a column called 12, 0.5, t12, x_12, value 12, 812 nm; None for another name."""
    found = re.fullmatch(r"[a-zA-Z]*[ _.-]?(\d+(\.\d+)?)([ _]?[a-zA-Z]{1,4})?", name.strip())
    return float(found[1]) if found else None


def _in_order(names: list[str]) -> bool:
    places = [place for name in names if (place := _place(name)) is not None]
    prefixes = {re.sub(r"\d.*", "", name).strip(" _.-").lower() for name in names}
    gaps = {round(b - a, 6) for a, b in pairwise(places)}
    return len(prefixes) == 1 and all(gap > 0 for gap in gaps) and (len(gaps) == 1 or "" in prefixes)
