"""Dates in tables: numbers of days since the earliest date of a column."""

from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel, ConfigDict

DAY = timedelta(days=1)


class Dates(BaseModel):
    """The rule by which the numbers of a column are dates: days since `start`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    start: str
    """Date, or date and time, of the value 0, in ISO 8601: `2020-01-31`, `2020-01-31T12:00:00`."""
    pattern: str
    """How a date is written, as of `strftime`."""
    whole: bool
    """Whether the column contains dates only, without times of the day."""
    padded: bool = True
    """Whether days and months have two digits: 01/02/2020, not 1/2/2020."""

    def number(self, moment: date) -> float:
        """Return the days between the start and a date, or date and time."""
        return (naive(moment) - datetime.fromisoformat(self.start)) / DAY

    def moment(self, days: float) -> datetime:
        """Return the date of a number, to the microsecond; years 1 to 9999."""
        start = datetime.fromisoformat(self.start)
        low, high = (datetime.min - start) / DAY, (datetime.max - start) / DAY
        return start + timedelta(days=min(max(days, low), high))

    def text(self, days: float) -> str:
        """Return the date of a number as it is written; times to the last digit of the pattern."""
        moment = self.moment(round(days) if self.whole else days)
        if "%f" not in self.pattern and moment.microsecond >= 500_000 and moment.year < 9999:
            moment += timedelta(seconds=1)
        pattern = self.pattern
        if not self.padded:
            pattern = pattern.replace("%d", str(moment.day)).replace("%m", str(moment.month))
        return moment.strftime(pattern)


def naive(moment: date) -> datetime:
    """Return a date, or a date and time, as date and time without a time zone (UTC where there was one)."""
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
