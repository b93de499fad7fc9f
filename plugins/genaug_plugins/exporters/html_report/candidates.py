"""The candidates' outcome, and the samples of each class, as the page shows them."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from genaug.contracts import Evidence
from genaug_plugins.exporters.html_report.samples import Gallery
from genaug_plugins.exporters.html_report.words import number


def funnel(evidence: Evidence) -> Iterator[dict[str, Any]]:
    """Yield how many candidates each selector left and dropped, and the share that is left in percent."""
    before = made = len(evidence.pool)
    for name, left in (("made", made), *evidence.funnel.selectors):
        share = round(100 * left / max(made, 1), 2)
        dropped = f"{before - left:,}" if left < before else ""
        yield {"name": name, "left": f"{left:,}", "dropped": dropped, "share": share}
        before = left


def class_table(evidence: Evidence) -> dict[str, Any]:
    """Return the number of samples of each class, in each view and among the candidates."""
    classes = evidence.spec.classes
    columns = {
        "train": evidence.train.samples,
        "validation": evidence.validation.samples,
        "test": evidence.test.samples,
        "made": evidence.pool.samples,
        "kept": evidence.selected.samples,
    }
    table = np.stack([samples.per_class(classes) for samples in columns.values()])  # [columns, classes]
    return {
        "class_columns": list(columns),
        "class_rows": [
            (name, [f"{n:,}" for n in counts])
            for name, counts in zip(evidence.spec.class_names, table.T, strict=True)
        ],
        "class_totals": [f"{n:,}" for n in table.sum(axis=1)],
    }


def class_samples(evidence: Evidence, gallery: Gallery, per_class: int, most: int) -> dict[str, Any]:
    """Return the samples of each class to show; the means of their values if they cannot be shown.

    Args:
        evidence: the samples.
        gallery: draws them.
        per_class: maximum number of real, of kept and of dropped samples of a class.
        most: maximum number of samples of all classes.
    """
    if not gallery.can_show:
        return {"classes": [], "sampling": "", "means": _means(evidence)}
    names = evidence.spec.class_names
    shown_classes = min(len(names), max(1, most // 3))
    each = max(1, min(per_class, most // (3 * shown_classes)))
    sampling = f"At most {each} of each kind are shown, chosen by content hash."
    if shown_classes < len(names):
        sampling += f" Shown are the first {shown_classes} of {len(names)} classes."
    return {
        "classes": [(names[label], gallery.of_class(label, each)) for label in range(shown_classes)],
        "sampling": sampling,
        "means": None,
    }


def _means(evidence: Evidence) -> dict[str, Any]:
    """Return the means of the first eight values of each class, real and kept."""
    rows = []
    for label, name in enumerate(evidence.spec.class_names[:50]):
        for kind, samples in (("real", evidence.train.samples), ("kept", evidence.selected.samples)):
            flat = samples.values[samples.labels == label].reshape(-1, math.prod(evidence.spec.shape))[:, :8]
            cells = (
                [number(float(mean)) for mean in flat.mean(axis=0)] if len(flat) else ["–"] * flat.shape[1]
            )
            rows.append((f"{name}, {kind}", cells))
    return {"places": list(range(1, len(rows[0][1]) + 1)), "rows": rows}
