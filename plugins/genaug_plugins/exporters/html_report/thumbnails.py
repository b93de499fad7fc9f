"""The pictures of a page: each sample is read once, and drawn as finely as the size of the page allows."""

from collections.abc import Iterable, Mapping

import numpy as np

from genaug.data import Samples, SampleSpec
from genaug_plugins.exporters.html_report.pictures import Detail, Reduced, picture, reduced

_AT_ONCE = 64
"""Number of samples that are in memory in full at the same time."""


class Thumbnails:
    """Collects the samples that a page shows, and draws them.

    A pool may be on disk and larger than the memory, so the samples are collected first and then read in one
    pass.

    Args:
        parts: the samples, by name of the part.
        spec: of all of them; of a modality that can be drawn.
    """

    def __init__(self, parts: Mapping[str, Samples], spec: SampleSpec) -> None:
        self._parts = parts
        self._spec = spec
        self._wanted: dict[str, set[int]] = {name: set() for name in parts}
        self._read: dict[str, Reduced] = {}

    def want(self, part: str, row: int) -> str:
        """Register a sample to be shown, and return the key of its picture."""
        self._wanted[part].add(row)
        return _key(part, row)

    def drawn(self, detail: Detail, keys: Iterable[str]) -> dict[str, str]:
        """Return the picture of each of some registered keys; see `picture`."""
        for part, wanted in self._wanted.items():
            rows = sorted(row for row in wanted if _key(part, row) not in self._read)
            samples = self._parts[part].take(np.array(rows, dtype=np.int64))
            places = iter(rows)
            for batch in samples.batches(_AT_ONCE):
                for values, row in zip(batch.values, places, strict=False):
                    self._read[_key(part, row)] = reduced(values, self._spec)
        return {key: picture(self._read[key], detail) for key in keys}


def _key(part: str, row: int) -> str:
    return f"{part} {row}"
