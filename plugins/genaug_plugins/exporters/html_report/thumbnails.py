"""The pictures that a page needs: each sample is read once, and drawn as fine as the page can bear."""

from collections.abc import Mapping

import numpy as np

from genaug.data import Samples, SampleSpec
from genaug_plugins.exporters.html_report.pictures import Detail, Reduced, data_uri, reduced

_AT_ONCE = 64
"""Samples that are held in full at the same time."""


class Thumbnails:
    """Collect which samples a page shows, and draw them.

    A pool may be on disk, and its values be larger than the memory: so it is first noted what is
    wanted, and then read in one pass.

    Args:
        parts: where samples come from, by name.
        spec: of all of them; of a modality that can be drawn.
    """

    def __init__(self, parts: Mapping[str, Samples], spec: SampleSpec) -> None:
        self._parts = parts
        self._spec = spec
        self._wanted: dict[str, set[int]] = {name: set() for name in parts}
        self._read: dict[str, Reduced] = {}

    def want(self, part: str, row: int) -> str:
        """Note that the page shows a sample, and return the key under which its picture will be."""
        self._wanted[part].add(row)
        return _key(part, row)

    def drawn(self, detail: Detail) -> dict[str, str]:
        """Return a data URI for each key that was given out."""
        for part, wanted in self._wanted.items():
            self._reduce(part, sorted(row for row in wanted if _key(part, row) not in self._read))
        return {key: data_uri(sample, detail) for key, sample in self._read.items()}

    def _reduce(self, part: str, rows: list[int]) -> None:
        samples = self._parts[part].take(np.array(rows, dtype=np.int64))
        keys = iter(rows)
        for batch in samples.batches(_AT_ONCE):
            for values, row in zip(batch.values, keys, strict=False):
                self._read[_key(part, row)] = reduced(values, self._spec)


def _key(part: str, row: int) -> str:
    return f"{part} {row}"
