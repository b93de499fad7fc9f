"""Features of samples, computed once in a process: fits of many arms and seeds share most samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from genaug.contracts.extractor import Embedder, Extractor
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray

MOST_BYTES = 2**28
"""Most memory of the features of one space; the oldest are forgotten first."""
SPACES = 4
"""Feature spaces whose networks and features are kept."""


class RememberedFeatures:
    """The features of samples in a space that needs no training, by content.

    Args:
        embedder: computes them; a sample's features do not depend on the samples beside it.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, FloatArray] = {}

    def __call__(self, samples: Samples) -> FloatArray:
        """Return float32 features ``[N, D]``; those of known samples are not computed again."""
        ids = samples.ids.tolist()
        if not ids:
            return self._embedder.embed_all(samples.values)
        found: dict[str, FloatArray] = {}
        if new := {id_: row for row, id_ in enumerate(ids) if id_ not in self._known}:
            rows = np.array(list(new.values()), dtype=np.int64)
            found = dict(zip(new, self._embedder.embed_all(samples.take(rows).values), strict=True))
        features = np.array([found[id_] if id_ in found else self._known[id_] for id_ in ids], np.float32)
        self._known |= found
        most = MOST_BYTES // features[0].nbytes
        for id_ in list(self._known)[: max(0, len(self._known) - most)]:
            del self._known[id_]
        return features


def features_in(extractor: Extractor, spec: SampleSpec, device: str) -> Callable[[Samples], FloatArray]:
    """Return the map from samples to features in a space that needs no training: the same for the same space.

    Raises:
        MissingWeights, DataError: as `Extractor.load`.
    """
    files = tuple((path, path.stat().st_mtime_ns) for path in extractor.reads() if path.exists())
    return _space(extractor, spec.model_dump_json(), device, files)


@lru_cache(maxsize=SPACES)
def _space(
    extractor: Extractor, spec: str, device: str, files: tuple[tuple[Path, int], ...]
) -> RememberedFeatures:
    return RememberedFeatures(extractor.load(SampleSpec.model_validate_json(spec), device))
