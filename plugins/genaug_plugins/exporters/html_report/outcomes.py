"""What was predicted of single test samples: confusion matrices, and samples that changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from genaug.data import ChangedSample, Changes, Findings, PredictedClasses
from genaug_plugins.exporters.html_report.samples import Gallery, Shown
from genaug_plugins.exporters.html_report.words import number

MATRIX = 12
"""Most classes of a confusion matrix that fits a phone; of more classes the confusions are listed."""
LISTED = 20
"""Most confusions that are listed."""


@dataclass(frozen=True)
class Matrix:
    """A confusion matrix.

    Attributes:
        arm: the training set.
        classes: the names of its rows and columns.
        rows: of each true class, its cells: percent of the class, text, and whether it is the right class.
        listed: the most frequent confusions, as true class, predicted class, percent and mean number.
    """

    arm: str
    classes: list[str]
    rows: list[tuple[str, list[tuple[float, str, bool]]]]
    listed: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class Changed:
    """A sample that changed; `shown` is None where it has no picture."""

    shown: Shown | None
    label: str
    before: str
    after: str
    right: str
    id_: str


def outcomes(findings: Findings, names: Sequence[str], gallery: Gallery, most: int) -> dict[str, Any]:
    """Return the matrices, and the changed samples by direction.

    Args:
        findings: of one validator.
        names: of the classes, in order.
        gallery: gives the samples to show.
        most: maximum number of samples of each direction.
    """
    return {
        "matrices": [_matrix(one, names) for one in findings.predicted],
        "changes": [_changes(one, gallery, most) for one in findings.changes],
    }


def _matrix(predicted: PredictedClasses, names: Sequence[str]) -> Matrix:
    counts = predicted.counts
    rows, wrong = [], []
    for label in (name for name in names if name in counts):
        total = sum(counts[label].values())
        shares = {one: 100 * count / total for one, count in counts[label].items()}
        wrong += [(shares[one], count, label, one) for one, count in counts[label].items() if one != label]
        rows.append(
            (label, [(shares.get(one, 0.0), _percent(shares.get(one, 0.0)), one == label) for one in names])
        )
    wrong.sort(key=lambda one: (-one[1], one[2], one[3]))
    return Matrix(
        predicted.arm,
        list(names),
        rows if len(names) <= MATRIX else [],
        [
            (label, one, _percent(share) or "<1", f"{count / predicted.seeds:,.1f}")
            for share, count, label, one in wrong[:LISTED]
        ],
    )


def _percent(share: float) -> str:
    return f"{share:.0f}" if share >= 0.5 else ""


def _changes(changes: Changes, gallery: Gallery, most: int) -> dict[str, Any]:
    to_right = [one for one in changes.samples if one.right_after > one.right_before]
    to_wrong = [one for one in changes.samples if one.right_after <= one.right_before]
    return {
        "before": changes.before,
        "after": changes.after,
        "seeds": changes.seeds,
        "net": number(changes.to_right - changes.to_wrong, signed=True),
        "groups": [
            (title, status, [_changed(one, changes, gallery) for one in samples[:most]], total)
            for title, status, samples, total in (
                ("wrong → right", "kept", to_right, changes.to_right),
                ("right → wrong", "dropped", to_wrong, changes.to_wrong),
            )
        ],
    }


def _changed(one: ChangedSample, changes: Changes, gallery: Gallery) -> Changed:
    where = gallery.find(one.sample, "test") if gallery.can_show else None
    right = f"{one.right_before} → {one.right_after} of {changes.seeds}"
    shown = None
    if where is not None and where[0] != "candidate":
        shown = gallery.real(where[1], where[0])
        facts = [
            ("Sample", "real, used for testing"),
            *shown.facts[1:],
            (f"With {changes.before}", f"{one.before} (right in {one.right_before} of {changes.seeds} fits)"),
            (f"With {changes.after}", f"{one.after} (right in {one.right_after} of {changes.seeds} fits)"),
        ]
        alt = f"test sample of {one.label}: {one.before}, then {one.after}"
        shown = replace(shown, alt=alt, facts=facts)
    return Changed(shown, one.label, one.before, one.after, right, one.sample)
