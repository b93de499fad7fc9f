"""Samples of a run, in the form that other libraries take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genaug.data import Funnel, Pool, Samples, SampleSpec
from genaug.data.columns import decode_column
from genaug.data.encoding import column_name, encode_values, value_feature
from genaug.data.samples import BoolArray, IntArray
from genaug.errors import DataError
from genaug.runs import html
from genaug.runs.extras import needed

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    from torch.utils.data import TensorDataset


@dataclass(frozen=True, eq=False, repr=False)
class SampleSet:
    """N samples with their classes and, of generated ones, their lineage and scores.

    Values stay on disk until a method reads them; each method reads all of them.

    Attributes:
        spec: what a sample is; `spec.class_names` are the classes.
        samples: values, labels and content ids.
        lineage: further columns ``[N]`` by name: the generator's artifact, seed, position, prompt, options,
            sources, ``soft_label`` where there are soft labels, and ``score:NAME``. Empty for real samples.
    """

    spec: SampleSpec
    samples: Samples
    lineage: Mapping[str, Sequence[Any] | NDArray[Any]] = field(default_factory=dict)

    @classmethod
    def of_pool(cls, pool: Pool, funnel: Funnel | None = None) -> SampleSet:
        """Return the candidates of a pool, those that the funnel kept where there is one."""
        scores = {f"generator.{name}": column for name, column in sorted(pool.scores.items())}
        if funnel is not None:
            scores = {name: column[funnel.kept] for name, column in (scores | dict(funnel.scores)).items()}
            pool = pool.take(funnel.kept)
        origins, soft = [pool.origins[number] for number in pool.origin.tolist()], pool.samples.soft_labels
        return cls(
            pool.spec,
            pool.samples,
            {
                "generator": [origin.generator for origin in origins],
                "seed": [origin.seed for origin in origins],
                "position": pool.position,
                "prompt": [origin.prompt for origin in origins],
                "options": [json.dumps(dict(origin.options)) for origin in origins],
                "sources": [list(pool.sources_of(row)) for row in range(len(pool))],
                **({} if soft is None else {"soft_label": soft.tolist()}),
                **({} if pool.metadata is None else {"metadata": pool.metadata}),
                **{f"score:{name}": column for name, column in scores.items()},
            },
        )

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}: {count:,}" for name, count in self.counts.items())
        return f"<{len(self):,} {self.spec.modality} samples ({counts})>"

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of samples of each class, by name."""
        counts = self.samples.per_class(self.spec.classes).tolist()
        return dict(zip(self.spec.class_names, counts, strict=True))

    @property
    def labels(self) -> IntArray:
        """Return the number of the class of each sample, int64 ``[N]``."""
        return self.samples.labels

    def take(self, rows: IntArray | BoolArray) -> SampleSet:
        """Return the given samples (indices or a mask)."""
        numbers = np.arange(len(self))[rows].tolist()
        columns = {name: [column[row] for row in numbers] for name, column in self.lineage.items()}
        return SampleSet(self.spec, self.samples.take(rows), columns)

    def of_class(self, name: str) -> SampleSet:
        """Return the samples of a class.

        Raises:
            DataError: where there is no such class.
        """
        if name not in self.spec.class_names:
            raise DataError(f"there is no class {name!r}: there are {', '.join(self.spec.class_names)}")
        return self.take(self.labels == self.spec.class_names.index(name))

    def to_numpy(self) -> tuple[NDArray[Any], IntArray]:
        """Return values and labels.

        Returns:
            Values ``[N, *spec.shape]``: float32, of images in [-1, 1] with channels first; float64 for
            tables, with the codes of categories and NaN for missing values; objects of type str ``[N]``
            for texts. Labels: int64 ``[N]``, the index of the class in `spec.class_names`.
        """
        return self.samples.values, self.samples.labels

    def to_torch(self) -> TensorDataset:
        """Return a data set of pairs of a value and a label, as `to_numpy` gives them.

        Raises:
            DataError: for texts, which are no tensors.
        """
        import torch
        from torch.utils.data import TensorDataset

        if self.spec.modality == "text":
            raise DataError("texts are no tensors: use to_numpy() or to_datasets(), and tokenize them")
        values, labels = (np.ascontiguousarray(part) for part in self.to_numpy())
        return TensorDataset(torch.from_numpy(values), torch.from_numpy(labels))

    def to_pandas(self) -> pd.DataFrame:
        """Return a row for each sample: its values where they fit into cells, class, id and lineage.

        Of tables there are the original columns with their types, of texts the column ``text``, of vectors
        ``x0``, ``x1`` …; of images and signals there are no values: see `to_numpy`.

        Raises:
            MissingRequirement: where pandas is not installed.
        """
        pandas = needed("pandas", "to_pandas()")
        columns: dict[str, Any] = {}
        values = self.samples.values if self.spec.modality in ("table", "text", "vector") else None
        if self.spec.modality == "table":
            for column, cells in zip(self.spec.columns, np.asarray(values).T, strict=True):
                kind = {"integer": "Int64", "boolean": "boolean", "numeric": "float64"}.get(column.type)
                dtype = kind or pandas.CategoricalDtype(list(column.categories))
                columns[column.name] = pandas.Series(decode_column(column, cells), dtype=dtype)
        elif values is not None and self.spec.modality == "text":
            columns["text"] = values
        elif values is not None:
            columns |= {f"x{number}": column for number, column in enumerate(values.T)}
        for name, column in self._facts().items():
            columns[name if name not in columns else f"genaug_{name}"] = column
        frame: pd.DataFrame = pandas.DataFrame(columns)
        return frame

    def to_datasets(self) -> datasets.Dataset:
        """Return a data set of the Hugging Face `datasets` library, in memory.

        Images are a column ``image``, texts ``text``, the columns of tables have their names, other samples
        are a flat list ``values``. ``label`` has the names of the classes.

        Raises:
            MissingRequirement: where `datasets` is not installed.
        """
        library = needed("datasets", "to_datasets()")
        import pyarrow as pa

        columns: dict[str, Any] = {}
        features: dict[str, Any] = {}
        if self.spec.modality == "table":
            for column, cells in zip(self.spec.columns, self.samples.values.T, strict=True):
                columns[column.name] = pa.array(decode_column(column, cells))
        else:
            name = column_name(self.spec)
            columns[name] = encode_values(self.samples.values, self.spec)
            features[name] = value_feature(self.spec)
        for name, content in self._facts().items():
            if name != "class":
                columns[name if name not in columns else f"genaug_{name}"] = pa.array(content)
        label = "label" if "genaug_label" not in columns else "genaug_label"
        columns[label] = pa.array(self.labels)
        table = pa.table(columns)
        known = library.Features.from_arrow_schema(table.schema)
        for name, feature in features.items():
            known[name] = library.Features.from_dict({name: feature})[name]
        known[label] = library.ClassLabel(names=list(self.spec.class_names))
        return library.Dataset(table, info=library.DatasetInfo(features=known))

    def _facts(self) -> dict[str, Any]:
        """Return the columns beside the values."""
        names = [self.spec.class_names[label] if label >= 0 else None for label in self.labels.tolist()]
        return {
            "class": names,
            "label": self.labels,
            "id": self.samples.ids.tolist(),
            "synthetic": [bool(self.lineage)] * len(self),
            **self.lineage,
        }

    def _repr_html_(self) -> str:
        rows = html.shown_rows(self.samples)
        some = self.take(np.array(rows, dtype=np.int64))
        counts = html.table(("class", "samples"), self.counts.items())
        parts = [f"<p>{len(self):,} {self.spec.modality} samples, {len(rows)} of them shown</p>", counts]
        parts.append(html.thumbnails(self.spec, some.samples))
        if self.spec.modality == "table":
            cells = [
                decode_column(column, numbers)
                for column, numbers in zip(self.spec.columns, some.samples.values.T, strict=True)
            ]
            heads = [column.name for column in self.spec.columns]
            parts.append(html.table(["class", *heads], zip(some._facts()["class"], *cells, strict=True)))
        elif self.spec.modality == "text":
            parts.append(
                html.table(
                    ("class", "text"), zip(some._facts()["class"], some.samples.values.tolist(), strict=True)
                )
            )
        return "".join(parts)
