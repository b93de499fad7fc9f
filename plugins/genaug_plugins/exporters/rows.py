"""The rows that exporters write: each sample with its label and provenance, real samples first."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug import Exporter
from genaug.contracts import Evidence
from genaug.data import Samples, SampleSpec
from genaug.data.samples import IntArray
from genaug.errors import DataError

Row = dict[str, Any]
Batch = tuple[NDArray[Any], list[Row]]
"""The values of some samples, and their rows without the values."""

BATCH = 500
"""Number of samples read at once."""
MEANINGS = {
    "label": "number of its class",
    "synthetic": "whether a generator made it",
    "status": "real or kept",
    "id": "hash of its content",
    "dropped_by": "the selector that dropped it, if any",
    "reason": "why it was dropped",
    "generator": "fingerprint of the fitted generator that made it",
    "seed": "seed of the request that it was made for",
    "position": "its position among the samples of that request",
    "prompt": "the text that it was made from, if any",
    "options": "other options of the request, as JSON, if any",
    "metadata": "what else is known of its making (file, prompt, model of a sample made elsewhere), as JSON",
    "soft_label": "the share of each class, in the order of the classes, where samples have several; the "
    "class of a sample, and its folder, is the one with the largest share",
    "sources": "ids of the training samples that it was made from, if any",
    "scores": "what the generator and the selectors computed, as selector.score; null if not computed",
}
"""The meaning of each column."""


def require(exporter: Exporter, spec: SampleSpec, modality: str) -> None:
    """Check that the samples are of the modality that an exporter writes.

    Raises:
        DataError: if they are not.
    """
    if spec.modality != modality:
        raise DataError(
            f"the exporter {exporter.name!r} writes {modality} samples, not "
            f"{spec.modality!r}: remove it from `exporters`"
        )


def all_rows(evidence: Evidence, real: bool) -> Iterator[Batch]:
    """Yield the real training samples, unless `real` is false, then the kept candidates."""
    if real:
        yield from real_rows(evidence)
    yield from kept_rows(evidence)


def real_rows(evidence: Evidence) -> Iterator[Batch]:
    """Yield the real training samples in batches."""
    return rows_of(evidence, evidence.train.samples, "real")


def rows_of(evidence: Evidence, samples: Samples, status: str) -> Iterator[Batch]:
    """Yield real samples in batches, with this status; with soft labels where candidates have them."""
    classes, softened = range(evidence.spec.classes), has_soft_labels(evidence)
    for batch in samples.batches(BATCH):
        yield (
            batch.values,
            [
                {"label": label, "status": status, "synthetic": False, "id": str(identifier)}
                | ({"soft_label": [float(label == one) for one in classes]} if softened else {})
                for label, identifier in zip(batch.labels.tolist(), batch.ids, strict=True)
            ],
        )


def has_soft_labels(evidence: Evidence) -> bool:
    """Return whether candidates have soft labels; every row then has one."""
    return evidence.pool.samples.soft_labels is not None


def kept_rows(evidence: Evidence) -> Iterator[Batch]:
    """Yield the kept candidates in batches."""
    return candidate_rows(evidence, np.flatnonzero(evidence.funnel.kept))


def candidate_rows(evidence: Evidence, indices: IntArray, native: bool = False) -> Iterator[Batch]:
    """Yield some candidates of the pool in batches.

    Args:
        evidence: has the pool.
        indices: of the candidates.
        native: whether their values are those at the generator's resolution, not at that of the task.
    """
    scores = scores_of(evidence)
    samples = evidence.pool.native()[1] if native else evidence.pool.samples
    for start in range(0, len(indices), BATCH):
        some = indices[start : start + BATCH]
        values = samples.take(some).values
        yield values, [_candidate(evidence, int(index), scores) for index in some]


def scores_of(evidence: Evidence) -> Mapping[str, NDArray[np.float64]]:
    """Return all recorded scores, ``[N]`` each: the generator's, then the selectors'."""
    own = {f"generator.{name}": column for name, column in sorted(evidence.pool.scores.items())}
    return own | dict(sorted(evidence.funnel.scores.items()))


def json_line(row: Row) -> str:
    """Return a row as one line of JSON, which has neither NaN nor infinity.

    A score that is NaN becomes null, an infinite one the largest float.
    """
    if "scores" in row:
        scores = {
            name: None if np.isnan(score) else float(np.nan_to_num(score))
            for name, score in row["scores"].items()
        }
        row = row | {"scores": scores}
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def _candidate(evidence: Evidence, index: int, scores: Mapping[str, NDArray[np.float64]]) -> Row:
    pool, funnel = evidence.pool, evidence.funnel
    origin = pool.origins[pool.origin[index]]
    row = {
        "label": int(pool.samples.labels[index]),
        "status": "kept" if funnel.kept[index] else "dropped",
        "synthetic": True,
        "id": str(pool.ids[index]),
        "dropped_by": str(funnel.dropped_by[index]),
        "reason": str(funnel.reasons[index]),
        "generator": origin.generator,
        "seed": origin.seed,
        "position": int(pool.position[index]),
        "prompt": origin.prompt or "",
        "options": json.dumps(dict(origin.options)) if origin.options else "",
        "sources": list(pool.sources_of(index)),
    }
    if has_soft_labels(evidence):  # as the strategy gave it, without the rounding to float32
        classes = range(pool.spec.classes)
        row["soft_label"] = list(origin.soft_label or [float(row["label"] == one) for one in classes])
    if pool.metadata is not None:
        row["metadata"] = str(pool.metadata[index])
    if scores:  # an empty object would be a column without a type, which pyarrow cannot write
        row["scores"] = {name: float(column[index]) for name, column in scores.items()}
    return row
