"""Checks of generated samples: finite and in range; small excesses are clipped and counted."""

import re
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.samples import BoolArray
from genaug.data.spec import SampleSpec

ROUNDING = 1e-5
"""Excess, in widths of the value range, that counts as rounding: clipped, not counted."""
FAR = 0.02
"""Mean excess of a sample's values, in widths of the value range, above which the sample is left out."""
BAD_AT_MOST = 0.01
"""Share of samples that may be left out; with more the run stops."""


@dataclass(frozen=True)
class Tally:
    """Counts of invalid and corrected samples.

    Attributes:
        made: samples that the sampler returned.
        not_finite: of these, samples with NaN or infinite values: left out.
        out_of_range: samples whose values exceed the value range by more than `FAR` on average: left out.
        invalid: samples that break the spec otherwise, e.g. by a category that does not exist: left out.
        values: numbers in the valid samples.
        clipped: of these, numbers outside the value range, now at its edge.
        rounded: of these, numbers of whole-number columns that were not whole, now rounded.
        lowest, highest: of all finite numbers; 0 where there were none.
        refused: draws that the sampler itself refused, by reason; see `Sampler.refused`.
    """

    made: int = 0
    not_finite: int = 0
    out_of_range: int = 0
    invalid: int = 0
    values: int = 0
    clipped: int = 0
    rounded: int = 0
    lowest: float = 0.0
    highest: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)

    @property
    def bad(self) -> int:
        """Return how many samples were left out."""
        return self.not_finite + self.out_of_range + self.invalid

    def __add__(self, other: "Tally") -> "Tally":
        numbers = [one.name for one in fields(self) if one.name != "refused"]
        sums: dict[str, Any] = {name: getattr(self, name) + getattr(other, name) for name in numbers}
        reasons = self.refused | other.refused
        sums["refused"] = {
            reason: self.refused.get(reason, 0) + other.refused.get(reason, 0) for reason in reasons
        }
        bounds = [one for one in (self, other) if one.made]
        sums["lowest"] = min((one.lowest for one in bounds), default=0.0)
        sums["highest"] = max((one.highest for one in bounds), default=0.0)
        return Tally(**sums)

    def what_is_wrong(self, spec: SampleSpec) -> str:
        """Describe what was wrong with the samples that were left out."""
        faults = []
        if self.not_finite:
            faults.append(f"{self.not_finite:,} of {self.made:,} samples contain NaN or infinite values")
        if self.out_of_range and spec.value_range is not None:
            low, high = spec.value_range
            hint = ""
            if spec.modality == "image" and self.lowest > -2 and 100 < self.highest <= 260:
                hint = "; they look like 0 … 255: scale them by v / 127.5 - 1"
            faults.append(
                f"{self.out_of_range:,} of {self.made:,} samples are far outside the value range {low:g} … "
                f"{high:g} (values range from {self.lowest:.4g} to {self.highest:.4g}{hint})"
            )
        if self.invalid:
            faults.append(f"{self.invalid:,} of {self.made:,} samples do not agree with the spec")
        return "; ".join(faults)

    def notes(self, spec: SampleSpec) -> list[str]:
        """Return notes for the user, a sentence each."""
        found = []
        if self.bad:
            found.append(f"{self.what_is_wrong(spec)}: they were left out of the pool")
        if self.clipped and spec.value_range is not None:
            low, high = spec.value_range
            found.append(
                f"{self.clipped / self.values:.2%} of the values made were outside {low:g} … {high:g} (from "
                f"{self.lowest:.4g} to {self.highest:.4g}) and were clipped"
            )
        if self.rounded:
            found.append(f"{self.rounded / self.values:.2%} of the values made were rounded to whole numbers")
        if self.refused:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.refused.items())
            found.append(
                f"it refused {sum(self.refused.values()):,} draws beside the {self.made:,} samples: {reasons}"
            )
        return found


def accepted(values: NDArray[Any], spec: SampleSpec) -> tuple[NDArray[Any], BoolArray, Tally]:
    """Return values clipped and rounded to the spec, which rows are valid, and the counts.

    Args:
        values: ``[N, *spec.shape]`` of the spec's dtype.
        spec: of valid values.

    Returns:
        Values in the spec's range ``[N, *spec.shape]``; bool ``[N]``, whether a sample is valid; counts.
    """
    if spec.modality == "text":
        surrogates = re.compile("[\ud800-\udfff]")  # half of a pair cannot be written as UTF-8
        good = np.array([surrogates.search(text) is None for text in values], dtype=np.bool_)
        return values, good, Tally(made=len(values), invalid=int((~good).sum()), values=int(good.sum()))
    if spec.modality == "table":
        return _accepted_rows(values, spec)
    flat = values.reshape(len(values), -1)
    finite = np.isfinite(flat).all(axis=1)
    known = flat[finite]
    lowest, highest = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    counts = {"made": len(values), "not_finite": int((~finite).sum()), "lowest": lowest, "highest": highest}
    if spec.value_range is None:
        return values, finite, Tally(**counts, values=known.size)  # type: ignore[arg-type]
    low, high = spec.value_range
    excess = np.maximum(low - known, known - high).clip(0) / (high - low)  # [finite, D]
    good = finite.copy()
    good[finite] = near = excess.mean(axis=1) <= FAR
    return (
        values.clip(low, high) if lowest < low or highest > high else values,
        good,
        Tally(
            **counts,  # type: ignore[arg-type]
            out_of_range=int((~near).sum()),
            values=int(near.sum()) * flat.shape[1],
            clipped=int((excess[near] > ROUNDING).sum()),
        ),
    )


def _accepted_rows(values: NDArray[Any], spec: SampleSpec) -> tuple[NDArray[Any], BoolArray, Tally]:
    """Return rows of a table: whole numbers in columns of integers, others rounded to their form."""
    kept = values.copy()
    whole = np.array([column.type == "integer" for column in spec.columns])
    kept[:, whole] = np.rint(kept[:, whole])
    good = np.ones(len(values), dtype=np.bool_)
    for column, numbers in zip(spec.columns, kept.T, strict=True):
        if column.fault(numbers) is not None:
            good &= np.array([column.fault(numbers[row : row + 1]) is None for row in range(len(numbers))])
    for place, column in enumerate(spec.columns):
        if column.type == "numeric" and column.form is not None:  # no fault, and not counted as one
            kept[:, place] = column.form.rounded(kept[:, place])
    changed = whole & (kept != values) & ~np.isnan(values)
    return (
        kept,
        good,
        Tally(
            made=len(values),
            invalid=int((~good).sum()),
            values=int(good.sum()) * values.shape[1],
            rounded=int(changed[good].sum()),
        ),
    )
