"""Cells that are dates, or dates with times: recognized by a pattern that fits all of them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from genaug.data.dates import Dates, naive

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%y", "%m/%d/%y")
TIMES = (" %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", "T%H:%M:%SZ", " %H:%M:%S.%f", "T%H:%M:%S.%f")
PATTERNS = (*DAYS, *(day + time for day in DAYS for time in TIMES))
"""Patterns that are recognized, as of `strftime`; the first that fits all cells of a column is taken."""
_UNPADDED = re.compile(r"(?<!\d)\d[-./]|[-./]\d(?!\d)")
"""A day or a month of one digit."""
_LIKE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T]\d{1,2}:\d{2}.*)?")


def date_pattern(present: list[Any]) -> str | None:
    """Return the pattern of cells that are all dates; None where they are not."""
    if all(isinstance(cell, date) for cell in present):
        timed = any(
            isinstance(cell, datetime) and naive(cell).time() != datetime.min.time() for cell in present
        )
        return "%Y-%m-%d %H:%M:%S" if timed else "%Y-%m-%d"
    if not all(isinstance(cell, str) and _LIKE.fullmatch(cell) for cell in present):
        return None
    different = set(present)
    return next((pattern for pattern in PATTERNS if all(_fits(cell, pattern) for cell in different)), None)


def ambiguous_days(present: list[Any], pattern: str) -> bool:
    """Return whether all dates could as well have the month before the day."""
    if not pattern.startswith("%d/%m"):
        return False
    other = pattern.replace("%d/%m", "%m/%d")
    return all(_fits(cell, other) for cell in set(present))


def read_date(cell: Any, pattern: str) -> datetime:
    """Return a cell as date and time, without a time zone.

    Raises:
        ValueError: if it is not a date of this pattern.
    """
    if isinstance(cell, date):
        return naive(cell)
    try:
        return naive(datetime.strptime(str(cell), pattern))
    except ValueError:
        raise ValueError(f"is not a date of the form {pattern}") from None


def dates_rule(moments: list[datetime], pattern: str, present: list[Any]) -> Dates:
    """Return the rule of a column of dates: days since the earliest."""
    start = min(moments)
    whole = all(moment.time() == datetime.min.time() for moment in moments)
    return Dates(
        start=start.date().isoformat() if whole else start.isoformat(),
        pattern=pattern,
        whole=whole,
        padded=not any(isinstance(cell, str) and _UNPADDED.search(cell) for cell in present),
    )


def _fits(cell: str, pattern: str) -> bool:
    try:
        datetime.strptime(cell, pattern)
    except ValueError:
        return False
    return True
