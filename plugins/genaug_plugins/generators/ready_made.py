"""Candidates that another tool made, read from files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import JsonValue

from genaug import Context, Existing, Generator, Sampler, Source
from genaug.components.frozen_dict import FrozenDict
from genaug.components.references import Use
from genaug.data import Dataset, Request, Samples, SampleSpec, TrainView
from genaug.data.resampling import why_not
from genaug.data.sample_files import load_samples, save_samples
from genaug.data.samples import BoolArray, IntArray
from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.generators.aligned_columns import aligned
from genaug_plugins.generators.file_metadata import metadata_of

RECORD = "ready-made.json"
SAMPLES = "samples"
CAPABILITIES = frozenset({"class-conditional", "finite"})


@dataclass(frozen=True, eq=False)
class _Read:
    """Candidates for data: as read, and with the labels and columns of the data.

    Attributes:
        dataset: as the source read them.
        spec: of the data, at the candidates' own resolution.
        samples: N candidates in that spec; label -1 where they are left out.
        usable: bool ``[N]``.
        warnings: a sentence each.
    """

    dataset: Dataset
    spec: SampleSpec
    samples: Samples
    usable: BoolArray
    warnings: list[str]


class ReadyMadeGenerator(Generator):
    """Read samples that another tool made: any generator, any service, by hand.

    They go through selection, the near-copy gate and the verdict like all candidates. Classes are joined by
    name, columns of tables too; images may have another resolution. What lies beside image files becomes
    lineage: a ``metadata.jsonl`` or ``metadata.csv`` with a column ``file_name``, a ``NAME.json`` or
    ``NAME.txt`` for ``NAME.png``, and texts in PNG files (where image generators write prompt and seed).
    """

    name: ClassVar[str] = "ready-made"
    given_capabilities: ClassVar[frozenset[str]] = CAPABILITIES

    source: Use[Source]
    """Reads the candidates: any source that reads the modality of the data."""
    classes: FrozenDict[str, str] = FrozenDict({})
    """Class of the data, by class of the candidates, where the names differ: ``{lynx_v2: lynx}``."""
    other_classes: bool = False
    """Leave out candidates of classes that the data do not have, with a warning. False: they are an error."""

    def existing(self, spec: SampleSpec) -> Existing:
        """Read the candidates, and count those of each class that can be used.

        Raises:
            DataError: as `fit`.
        """
        read = self._read(spec)
        usable = read.samples.take(read.usable)
        ids = usable.ids if read.spec.shape == spec.shape else np.zeros(0, dtype=np.str_)
        return Existing(usable.per_class(spec.classes), ids, tuple(read.warnings))

    def fit(self, train: TrainView, context: Context) -> ReadyMadeSampler:
        """Read the candidates, and join them with the classes and columns of the data.

        Raises:
            DataError: from the source; where a class or a column is unknown, the samples cannot be converted
                to those of the data, or none are left.
        """
        read = self._read(train.spec)
        warnings = list(read.warnings)
        if read.spec.shape == train.spec.shape:
            copies = int(np.isin(read.samples.ids[read.usable], train.samples.ids).sum())
            if copies:
                warnings.append(f"{copies:,} of the candidates are training samples themselves")
        for warning in warnings:
            context.hooks.warned(message=f"{self.name}: {warning}")
        rows = np.random.default_rng(context.seed).permutation(np.flatnonzero(read.usable))
        known = metadata_of(read.dataset)
        return ReadyMadeSampler(
            read.spec,
            read.samples.take(rows),
            [known[row] for row in rows.tolist()] if known else [],
            warnings,
        )

    def _read(self, wanted: SampleSpec) -> _Read:
        """Read the candidates for data of a spec."""
        dataset = self.source.load()
        samples, warnings = self._of_known_classes(dataset, wanted)
        spec = wanted.model_copy(update={"shape": dataset.spec.shape})
        if spec.modality == "table" and dataset.spec.modality == "table":
            values, usable, notes = aligned(samples.values, dataset.spec.columns, wanted.columns)
            samples = Samples(values, samples.labels)
            warnings += notes
            spec = wanted
        else:
            usable = np.ones(len(samples), dtype=np.bool_)
            own = dataset.spec.model_copy(
                update={name: getattr(spec, name) for name in ("class_names", "value_range")}
            )
            if reason := why_not(own, wanted):
                raise DataError(f"the candidates of {self.source.name} cannot be used: {reason}")
        usable &= samples.labels >= 0
        if not usable.any():
            why = "; ".join(warnings) or "none has a class"
            raise DataError(
                f"none of the {len(samples):,} candidates of {self.source.name} can be used: {why}"
            )
        if unlabelled := int((dataset.samples.labels < 0).sum()):
            warnings.append(f"left out: {count(unlabelled, 'candidate')} without a class")
        return _Read(dataset, spec, samples, usable, warnings)

    def load(self, folder: Path, context: Context) -> ReadyMadeSampler:
        """Return a saved sampler; the context is not used."""
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        spec = SampleSpec.model_validate(record["spec"])
        stored = load_samples(folder / SAMPLES, spec)
        samples = Samples(stored.values, stored.labels)
        return ReadyMadeSampler(spec, samples, record["metadata"], record["warnings"])

    def _of_known_classes(self, dataset: Dataset, spec: SampleSpec) -> tuple[Samples, list[str]]:
        """Return the candidates with the labels of the data, -1 for those to leave out, and warnings."""
        names, own = spec.class_names, dataset.spec.class_names
        wrong = [name for name in self.classes if name not in own]
        if wrong:
            raise DataError(
                f"`classes` names {wrong[0]!r}, which no candidate is of; they are of {', '.join(own)}"
            )
        joined = [self.classes.get(name, name) for name in own]
        counts = dataset.samples.per_class(len(own))
        unknown = [own[n] for n, name in enumerate(joined) if name not in names and counts[n]]
        if unknown and not self.other_classes:
            matched = json.dumps({unknown[0]: names[0]}, ensure_ascii=False)
            raise DataError(
                f"candidates are of {', '.join(map(repr, unknown))}, and the data have the classes "
                f"{', '.join(map(repr, names))}: say which is which (--set "
                f"'generator.classes={matched}'), or leave them out (--set generator.other_classes=true)"
            )
        number = np.array([names.index(name) if name in names else -1 for name in joined] + [-1])
        left_out = int(sum(counts[n] for n, name in enumerate(joined) if name not in names))
        warnings = [f"left out: {count(left_out, 'candidate')} of other classes ({', '.join(unknown)})"]
        labels = number[dataset.samples.labels].astype(np.int64)
        return Samples(dataset.samples.values, labels), warnings if left_out else []


class ReadyMadeSampler(Sampler):
    """Sampler that returns the candidates of a class, each once, in a random order.

    Two requests for a class get the same candidates: ask for those of a class in one request.

    Args:
        spec: of the candidates: that of the data, at their own resolution.
        samples: the candidates.
        metadata: what is known of each; empty where nothing is known of any.
        warnings: of the reading.
    """

    capabilities = CAPABILITIES

    def __init__(
        self,
        spec: SampleSpec,
        samples: Samples,
        metadata: Sequence[Mapping[str, JsonValue]],
        warnings: Sequence[str],
    ) -> None:
        self.spec = spec
        self.warnings = warnings
        self.available = samples.per_class(spec.classes).tolist()
        self._samples, self._metadata = samples, metadata
        self._rows = [np.flatnonzero(samples.labels == label) for label in range(spec.classes)]

    def sample(self, request: Request, rng: np.random.Generator) -> Iterator[Samples]:
        """Yield the candidates of the class, from the first that the request is for; nothing is random.

        Raises:
            DataError: where more are requested than there are.
        """
        rows = self._rows_of(request)
        if len(rows) < request.count:
            raise DataError(
                f"{request.start + request.count:,} candidates of class "
                f"{self.spec.class_names[request.label]!r} were asked for, and there are "
                f"{len(self._rows[request.label]):,}"
            )
        yield Samples(self._samples.take(rows).values, np.full(len(rows), request.label, dtype=np.int64))

    def metadata(self, request: Request, positions: IntArray) -> list[Mapping[str, JsonValue]]:
        """Return what is known of candidates."""
        if not self._metadata:
            return []
        return [self._metadata[row] for row in self._rows_of(request)[positions].tolist()]

    def save(self, folder: Path) -> None:
        """Write the candidates and what is known of them."""
        save_samples(self._samples, folder / SAMPLES, self.spec)
        record: dict[str, Any] = {
            "spec": self.spec.model_dump(mode="json"),
            "warnings": list(self.warnings),
            "metadata": [dict(one) for one in self._metadata],
        }
        (folder / RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")

    def _rows_of(self, request: Request) -> IntArray:
        return self._rows[request.label][request.start : request.start + request.count]
