"""The spec of samples: modality, shape, columns, value range and classes."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from genaug.data.columns import Column
from genaug.data.valid_text import valid_text

_RANKS = {"image": 3, "signal": 2, "vector": 1, "table": 1, "text": 0}


class InvalidValues(ValueError):
    """Error: values do not agree with their spec."""


class SampleSpec(BaseModel):
    """The spec of the samples of a data set.

    | modality | shape | values |
    |---|---|---|
    | image | ``[C, H, W]`` | float32 in [-1, 1] |
    | signal | ``[C, T]`` | float32 |
    | vector | ``[D]`` | float32 |
    | table | ``[D]``, one for each of `columns` | float64; NaN where a value is missing |
    | text | ``[]`` | Python strings in an object array |

    Further facts of a modality are in ``details``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    modality: str
    """`image`, `signal`, `vector`, `table`, `text`, or the name of a later modality."""
    shape: tuple[Annotated[int, Field(gt=0)], ...]
    """Shape of one sample, without the batch axis; of a text: none."""
    class_names: tuple[str, ...]
    """The classes; label i is `class_names[i]`, label -1 is unlabelled."""
    value_range: tuple[float, float] | None = None
    """Lowest and highest value a sample may take; None: unbounded."""
    columns: tuple[Column, ...] = ()
    """Of a table: its columns."""
    details: dict[str, str] = {}
    """Further facts that are needed to read a sample, e.g. the resize filter."""

    @field_validator("details")
    @classmethod
    def _valid_details(cls, details: dict[str, str]) -> dict[str, str]:
        return {name: valid_text(text) for name, text in details.items()}

    @model_validator(mode="after")
    def _modality_fits(self) -> "SampleSpec":
        rank = _RANKS.get(self.modality)
        if rank is not None and len(self.shape) != rank:
            raise ValueError(f"a sample of modality {self.modality!r} has {rank} axes, not {self.shape}")
        if self.modality == "image" and self.value_range != (-1.0, 1.0):
            raise ValueError(f"images have values in [-1, 1], not {self.value_range}")
        if self.modality == "table":
            if self.shape != (len(self.columns),):
                raise ValueError(
                    f"a table of {len(self.columns)} columns does not have the shape {self.shape}"
                )
            names = [column.name for column in self.columns]
            if len(set(names)) < len(names):
                raise ValueError(f"two columns have the same name: {', '.join(names)}")
        elif self.columns:
            raise ValueError(f"only a table has columns, not a sample of modality {self.modality!r}")
        return self

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return len(self.class_names)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of values: float32, float64 for tables, object (str) for text."""
        return np.dtype({"table": np.float64, "text": np.object_}.get(self.modality, np.float32))

    def check_values(self, values: NDArray[Any]) -> None:
        """Compare values ``[N, *shape]`` with this spec: dtype, shape, finite, range, columns.

        Values may be missing (NaN) only in a table's columns that allow it.

        Raises:
            InvalidValues: with the fault and the number of samples.
        """
        if values.dtype != self.dtype:
            raise InvalidValues(f"{self.modality} values must be {self.dtype}, not {values.dtype}")
        if values.shape[1:] != self.shape or not values.ndim:
            raise InvalidValues(f"a sample has the shape {self.shape}, not {values.shape[1:]}")
        if self.modality == "text":
            _check_texts(values)
        elif self.modality == "table":
            faults = [
                f"column {column.name!r}: {fault}"
                for column, column_values in zip(self.columns, values.T, strict=True)
                if (fault := column.fault(column_values)) is not None
            ]
            if faults:
                raise InvalidValues("; ".join(faults))
        else:
            finite = np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
            if not finite.all():
                raise InvalidValues(
                    f"{(~finite).sum()} of {len(values)} samples contain NaN or infinite values"
                )
            low, high = self.value_range or (-np.inf, np.inf)
            if values.size and (values.min() < low or values.max() > high):
                share = float(((values < low) | (values > high)).mean())
                raise InvalidValues(
                    f"values must be in [{low}, {high}], but reach from {values.min()} to {values.max()} "
                    f"({share:.1%} of them are outside)"
                )


def _check_texts(values: NDArray[Any]) -> None:
    for row, text in enumerate(values):
        if not isinstance(text, str):
            raise InvalidValues(f"a text is a str, but value {row} is of type {type(text).__name__}")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise InvalidValues(f"text {row} cannot be written as UTF-8: {error.reason}") from error
