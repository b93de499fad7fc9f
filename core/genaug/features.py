"""Features of samples, computed once: a cache addressed by content, in memory and on disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from genaug.contracts import Embedder, Extractor
from genaug.data import Samples, SampleSpec
from genaug.data.samples import FloatArray
from genaug.errors import PluginFailed
from genaug.identity import described, identity
from genaug.registry import Registry
from genaug.store import fingerprint


class FeatureCache:
    """Embed samples of one run, each at most once in each feature space.

    What learns or chooses and what judges have a cache each: the judges' also knows what the
    learners' holds, and never the other way round, so that not even a feature of a test sample
    comes near a selector.
    """

    def __init__(
        self, folders: Sequence[Path], spec: SampleSpec, device: str, hooks: Any, registry: Registry
    ) -> None:
        """Read what lies in the folders; what is new is written to the last of them."""
        self._folders = folders
        self._spec = spec
        self._device = device
        self._hooks = hooks
        self._registry = registry
        self._spaces: dict[str, _Space] = {}

    def __call__(self, extractor: Extractor, samples: Samples) -> FloatArray:
        """Return float32 ``[N, D]`` features, embedding only what was never embedded.

        Raises:
            DataError: where the extractor does not read this modality.
            MissingWeights: from the extractor.
        """
        extractor.check_usable(self._spec)
        mark = fingerprint(identity(extractor, self._registry))
        if mark not in self._spaces:
            self._spaces[mark] = _Space(
                [folder / f"{extractor.name}-{mark[:16]}" for folder in self._folders]
            )
        space = self._spaces[mark]
        fresh = [row for row, known in zip(*_first(samples), strict=True) if known not in space.rows]
        if fresh:
            embedder = space.embedder or extractor.load(self._spec, self._device)
            space.embedder = embedder
            rows = np.array(fresh)
            space.add(samples.ids[rows], self._embed(embedder, extractor, samples.values[rows]))
        if not len(samples):
            return np.zeros((0, space.width), dtype=np.float32)
        return np.stack([space.rows[known] for known in samples.ids.tolist()])

    def _embed(self, embedder: Embedder, extractor: Extractor, values: FloatArray) -> FloatArray:
        task, size, done = f"features ({extractor.name})", embedder.batch_size, 0
        found = []
        for start in range(0, len(values), size):
            batch = values[start : start + size]
            # Always full batches: a sample's features must not depend on how many it came with.
            full = np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])
            features = embedder.embed(full)
            if features.ndim != 2 or len(features) != size or not np.isfinite(features).all():
                raise PluginFailed(f"the {described(extractor)} must give finite features [{size}, D]")
            found.append(features[: len(batch)].astype(np.float32, copy=False))
            done += len(batch)
            self._hooks.progressed(task=task, done=done, total=len(values))
        return np.concatenate(found)


class _Space:
    """Hold the features known of one feature space; each file holds what one call added."""

    def __init__(self, folders: list[Path]) -> None:
        self._folder = folders[-1]
        self.embedder: Embedder | None = None
        self.rows: dict[str, FloatArray] = {}
        for path in (path for folder in folders for path in sorted(folder.glob("*.safetensors"))):
            arrays = load_file(path)
            self._remember(arrays["ids"].view("<U32").ravel(), arrays["features"])

    @property
    def width(self) -> int:
        return len(next(iter(self.rows.values()))) if self.rows else 0

    def add(self, ids: np.typing.NDArray[np.str_], features: FloatArray) -> None:
        self._remember(ids, features)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{fingerprint({'ids': ids.tolist()})[:16]}.safetensors"
        fresh = path.with_suffix(".new")
        letters = np.ascontiguousarray(ids, dtype="<U32").view(np.uint32)
        save_file({"ids": letters, "features": np.ascontiguousarray(features)}, fresh)
        fresh.replace(path)

    def _remember(self, ids: np.typing.NDArray[np.str_], features: FloatArray) -> None:
        self.rows.update(zip(ids.tolist(), features, strict=True))


def _first(samples: Samples) -> tuple[list[int], list[str]]:
    """Return the first row of each content, in order, and its id."""
    _, rows = np.unique(samples.ids, return_index=True)
    rows = np.sort(rows)
    return rows.tolist(), samples.ids[rows].tolist()
