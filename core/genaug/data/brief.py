"""Messages for a console: long ones are cut, and of many that differ in names and numbers a few are shown."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

MOST = 3
"""Number of messages of one kind that are shown."""
LONGEST = 500
"""Number of characters of a message that are shown."""
_DETAIL = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|\d[\d.,]*")
_PART = re.compile(r"^\w+: ")


class Brief:
    """A reader's digest of messages that arrive one by one.

    Messages are of one kind if they differ only in quoted names and in numbers, such as a warning for each of
    a thousand classes.
    """

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._seen: Counter[str] = Counter()
        self._last: dict[str, str] = {}

    def shown(self, message: str) -> Iterator[str]:
        """Yield the message, cut where it is too long; nothing where it or enough of its kind were shown."""
        if message in self._said:
            return
        self._said.add(message)
        kind = _DETAIL.sub("…", message)
        self._seen[kind] += 1
        if self._seen[kind] <= MOST:
            yield _cut(message)
        else:
            self._last[kind] = message

    def rest(self) -> Iterator[str]:
        """Yield a line for each kind of which some were not shown, and begin anew."""
        for kind, message in self._last.items():
            hidden = self._seen[kind] - MOST
            yield _cut(message) if hidden == 1 else f"{hidden:,} more like this, the last: {_cut(message)}"
        self._said.clear()
        self._seen.clear()
        self._last.clear()


def brief(messages: Iterable[str]) -> Iterator[str]:
    """Yield a digest of messages; see `Brief`."""
    digest = Brief()
    for message in messages:
        yield from digest.shown(message)
    yield from digest.rest()


def once(sentences: Iterable[str]) -> list[str]:
    """Return sentences ``part: sentence``; of those that differ only in part and numbers, the first."""
    kept: dict[str, str] = {}
    for sentence in sentences:
        kept.setdefault(_DETAIL.sub("…", _PART.sub("", sentence)), sentence)
    return list(kept.values())


def _cut(message: str) -> str:
    if len(message) <= LONGEST:
        return message
    return f"{message[:LONGEST]} … ({len(message) - LONGEST:,} more characters)"
