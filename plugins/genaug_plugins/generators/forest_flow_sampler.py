"""Sampler of the flow that boosted trees have learned."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug import Sampler
from genaug.data import Request, Samples, SampleSpec
from genaug.errors import DataError
from genaug_plugins.generators.flow_columns import FlowColumns, Table
from genaug_plugins.generators.forest_flow_files import CAPABILITIES, RECORD, TENSORS, ForestFlowOptions

BATCH = 4096
FEW = 5
"""Number of training rows of a class below which its samples are near copies of them."""


class ForestFlowSampler(Sampler):
    """Sampler that follows the forests of a class from noise to rows, in Euler steps.

    From the latents ε, x ← x + v(x, t)/n at t = 0, 1/n, …, (n − 1)/n. With sources, the way starts at the
    time 1 − `strength`, at (1 − t)·ε + t·source. With a mask, the kept values are those of the source on its
    way from the noise at every step, and exactly those at the end.

    Args:
        spec: of its samples.
        columns: the encoding of rows as E numbers.
        forests: the models of xgboost, as bytes: ``forest/LABEL/STEP``.
        counts: int64 ``[classes]``, training rows of each class.
        times: n.
    """

    capabilities = CAPABILITIES
    options_model = ForestFlowOptions
    chunk_size = BATCH

    def __init__(
        self,
        spec: SampleSpec,
        columns: FlowColumns,
        forests: Mapping[str, NDArray[np.uint8]],
        counts: NDArray[np.int64],
        times: int,
    ) -> None:
        self.spec = spec
        self.latent_dim: int = max(1, columns.width)
        self._columns, self._forests, self._counts, self._times = columns, dict(forests), counts, times
        self._loaded: dict[int, list[Any]] = {}
        few = [spec.class_names[label] for label in np.flatnonzero((counts > 0) & (counts < FEW))]
        self.warnings = [
            f"class {name!r} has fewer than {FEW} training rows: samples of it are near copies of them"
            for name in few
        ]

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield the samples in batches.

        Raises:
            DataError: if the class had no training rows, or the latents have another shape.
        """
        label, count = request.label, request.count
        if not self._counts[label]:
            known = ", ".join(self.spec.class_names[other] for other in np.flatnonzero(self._counts))
            raise DataError(
                f"class {self.spec.class_names[label]!r} cannot be sampled: it had no training rows; the "
                f"classes learned are {known}"
            )
        latents = request.latents_or_normal(self.latent_dim, rng).astype(np.float64)
        latents = latents[:, : self._columns.width]
        start, sources, given, mask = 0, None, None, None
        if request.sources:
            given = request.one_source_each().values.astype(np.float64)
            sources = self._columns.encode(given)
            sources = np.where(np.isnan(sources), latents, sources)
            if request.mask is not None:
                mask = np.broadcast_to(request.mask, (count, request.mask.shape[1]))
            strength = ForestFlowOptions.model_validate(request.options).strength
            strength = strength or (0.5 if mask is None else 1.0)
            start = self._times - max(1, round(strength * self._times))
        for at in range(0, count, BATCH):
            part = slice(at, at + BATCH)
            kept = None if mask is None else ~self._columns.spread(mask[part])
            rows = self._columns.decode(
                self._flow(label, latents[part], start, None if sources is None else sources[part], kept)
            )
            if given is not None and mask is not None:
                rows = np.where(mask[part], rows, given[part])
            labels = np.full(len(rows), label, dtype=np.int64)
            yield Samples(self._valid(rows), labels)

    def save(self, folder: Path) -> None:
        """Write the forests, the encoding and the spec."""
        from safetensors.numpy import save_file

        tensors = {**self._columns.tensors, **self._forests, "counts": self._counts}
        save_file({name: np.ascontiguousarray(part) for name, part in tensors.items()}, folder / TENSORS)
        record = {
            "spec": self.spec.model_dump(mode="json"),
            "columns": [column.model_dump(mode="json") for column in self._columns.columns],
            "times": self._times,
        }
        (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")

    def velocity(self, label: int, step: int, x: Table) -> Table:
        """Return v(x, t) at the time t = step/n, ``[N, E]``."""
        made: Table = self._of_class(label)[step].inplace_predict(x)
        return made.reshape(x.shape).astype(np.float64)

    def _flow(
        self, label: int, noise: Table, start: int, sources: Table | None, kept: NDArray[np.bool_] | None
    ) -> Table:
        """Return the end of the way from noise, ``[N, E]``, or from between noise and sources."""
        x, n = noise, self._times
        if sources is not None:
            x = (1 - start / n) * noise + start / n * sources
        for step in range(start if noise.shape[1] else n, n):
            x = x + self.velocity(label, step, x) / n
            if sources is not None and kept is not None:
                t = (step + 1) / n
                x = np.where(kept, (1 - t) * noise + t * sources, x)
        return x

    def _of_class(self, label: int) -> list[Any]:
        """Return the models of a class, loaded once."""
        import xgboost

        if label not in self._loaded:
            models = []
            for step in range(self._times):
                model = xgboost.Booster({"nthread": 1, "verbosity": 0})
                model.load_model(bytearray(self._forests[f"forest/{label}/{step}"].tobytes()))
                model.set_param({"nthread": 1})
                models.append(model)
            self._loaded[label] = models
        return self._loaded[label]

    def _valid(self, rows: Table) -> NDArray[Any]:
        values = rows.astype(self.spec.dtype)
        return values if self.spec.value_range is None else values.clip(*self.spec.value_range)
