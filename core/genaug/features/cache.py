"""A cache of features on disk, addressed by content."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.components.blame import blaming, failed
from genaug.contracts import Embedder, Extractor
from genaug.contracts.context import Map, one_after_another
from genaug.contracts.progress import Progress
from genaug.data import Pool, Samples
from genaug.data.samples import FloatArray, IntArray
from genaug.features.files import LETTERS, FeatureFile, Ids, feature_files, gathered, write
from genaug.features.spaces import Spaces

STREAMED = 4096
"""Samples that are read at once, approximately."""


class FeatureCache:
    """The features of a run's samples, each computed at most once in each feature space.

    Stages that learn or choose have one cache, stages that judge have another one, which also reads the
    first. The first never reads the second: not even a feature of a test sample is accessible to a selector.

    Args:
        folders: of the feature files; new ones are written to the last folder.
        spaces: loads extractors; shared by the caches of a run.
        hooks: observers, called with the progress of embedding.
        mapped: embeds chunks of samples; see `Context.map`.
    """

    def __init__(
        self, folders: Sequence[Path], spaces: Spaces, hooks: Any, mapped: Map = one_after_another
    ) -> None:
        self._folders = folders
        self._spaces = spaces
        self._hooks = hooks
        self._mapped = mapped
        self._files: dict[Path, FeatureFile] = {}

    def __call__(self, extractor: Extractor, samples: Samples | Pool) -> FloatArray:
        """Return float32 ``[N, D]`` features; only samples that are not in the cache are embedded.

        Samples on disk are read and embedded batch by batch. Where all features are consecutive rows of
        one file, like those of a whole pool, the file is memory-mapped; features from several files are
        gathered.

        Raises:
            DataError: where the extractor does not read this modality.
            MissingWeights: raised by the extractor.
        """
        extractor.check_usable(self._spaces.spec)
        asked = samples.samples if isinstance(samples, Pool) else samples
        files, ids = self._known(extractor), asked.ids.astype(f"S{LETTERS}")
        if not len(ids):
            return np.zeros((0, files[0].width if files else 0), dtype=np.float32)
        home, rows = _found(files, ids)
        if (home < 0).any():
            # The unknown rows are written to a new file, each content once.
            unknown = np.flatnonzero(home < 0)
            _, first = np.unique(ids[unknown], return_index=True)
            added = unknown[np.sort(first)]
            fresh = asked if len(added) == len(asked) else asked.take(added)
            embedder = self._spaces.embedder(extractor)
            name = hashlib.sha256(ids[added].tobytes()).hexdigest()[:16]
            embedded = self._embedded(embedder, extractor, fresh)
            write(self._folder(extractor) / name, ids[added], embedded, embedder.record)
            files = self._known(extractor)
            home, rows = _found(files, ids)
        if (home == home[0]).all() and bool((np.diff(rows) == 1).all()):
            return files[int(home[0])].mapped()[int(rows[0]) :][: len(rows)]
        return gathered(files, home, rows, self._folder(extractor))

    def embedder(self, extractor: Extractor) -> Embedder:
        """Return the loaded space."""
        extractor.check_usable(self._spaces.spec)
        return self._spaces.embedder(extractor)

    def record(self, extractor: Extractor) -> Mapping[str, str]:
        """Return the record of the space, from a feature file where there is one."""
        files = self._known(extractor)
        return files[0].record if files else dict(self.embedder(extractor).record)

    def _folder(self, extractor: Extractor, of: int = -1) -> Path:
        return self._folders[of] / f"{extractor.name}-{self._spaces.fingerprint(extractor)[:16]}"

    def _known(self, extractor: Extractor) -> list[FeatureFile]:
        """Return the feature files of a space; each is opened once."""
        places = [self._folder(extractor, of) for of in range(len(self._folders))]
        paths = [path for place in places for path in feature_files(place)]
        for path in paths:
            if path not in self._files:
                self._files[path] = FeatureFile(path)
        return [self._files[path] for path in paths]

    def _embedded(self, embedder: Embedder, extractor: Extractor, samples: Samples) -> Iterator[FloatArray]:
        """Yield the features of chunks of samples; chunks are read lazily."""
        chunk = embedder.batch_size * max(1, STREAMED // embedder.batch_size)
        progress = Progress(self._hooks, f"features ({extractor.name})", len(samples))
        values = (read.values for read in samples.batches(chunk))
        embed = partial(_chunk, embedder, extractor, progress)
        width = None
        # With the threads of the run: features may depend on them, and their number is in the fingerprint.
        for features in self._mapped(embed, values, -(-len(samples) // chunk), threads=None):
            width = width or features.shape[1]
            if features.shape[1] != width:
                raise failed(extractor, "must give features of one dimension")
            progress.arrived(len(features))
            yield features


def _chunk(embedder: Embedder, extractor: Extractor, progress: Progress, values: NDArray[Any]) -> FloatArray:
    """Return the features of a chunk of samples, float32 ``[N, D]``."""
    size, width, parts = embedder.batch_size, None, []
    for start in range(0, len(values), size):
        batch = values[start : start + size]
        with blaming(extractor):
            features = embedder.embed(embedder.padded(batch))
        width = width or features.shape[-1]
        if features.shape != (size, width) or not np.isfinite(features).all():
            raise failed(extractor, f"must give finite features [{size}, D]")
        progress.advance(len(batch))
        parts.append(features[: len(batch)].astype(np.float32, copy=False))
    return np.concatenate(parts)


def _found(files: Sequence[FeatureFile], ids: Ids) -> tuple[IntArray, IntArray]:
    """Return the file and the row of each id, int64 ``[N]`` each; -1 where no file contains it."""
    home, rows = np.full(len(ids), -1), np.full(len(ids), -1)
    for number, file in enumerate(files):
        start = file.run(ids)
        if start is not None:
            return np.full(len(ids), number), np.arange(start, start + len(ids))
        left = np.flatnonzero(home < 0)
        if len(left):
            rows[left] = file.find(ids[left])
            home[left[rows[left] >= 0]] = number
    return home, rows
