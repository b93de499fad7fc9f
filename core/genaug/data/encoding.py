"""The encoding of values of each modality: as a column of a parquet file, and compact in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genaug.data.images import decode_png, encode_png, from_uint8, to_uint8
from genaug.data.samples import Samples
from genaug.data.spec import SampleSpec

if TYPE_CHECKING:
    import pyarrow as pa


def is_picture(spec: SampleSpec) -> bool:
    """Return whether samples are images that fit into a PNG: 1 to 4 channels, stored in 8 bits."""
    return spec.modality == "image" and spec.shape[0] <= 4


def column_name(spec: SampleSpec) -> str:
    """Return the name of the column of values."""
    return "image" if is_picture(spec) else "text" if spec.modality == "text" else "values"


def encode_values(values: NDArray[Any], spec: SampleSpec) -> pa.Array:
    """Return values ``[N, *shape]`` as an array of N PNGs, N texts, or N lists of numbers."""
    import pyarrow as pa

    if is_picture(spec):
        picture = pa.struct({"bytes": pa.binary(), "path": pa.string()})  # an image as `datasets` reads it
        return pa.array([{"bytes": encode_png(image), "path": None} for image in to_uint8(values)], picture)
    if spec.modality == "text":
        return pa.array(values.tolist(), pa.string())
    # NaN stays a number, because null is not allowed in a list that is not nullable.
    flat = pa.array(values.reshape(-1), pa.from_numpy_dtype(spec.dtype), from_pandas=False)
    return pa.FixedSizeListArray.from_arrays(flat, int(np.prod(spec.shape)))


def decode_values(column: pa.Array, spec: SampleSpec) -> NDArray[Any]:
    """Decode the result of `encode_values`."""
    if is_picture(spec):
        return from_uint8(np.stack([decode_png(row["bytes"]) for row in column.to_pylist()]))
    if spec.modality == "text":
        return object_array(column.to_pylist())
    flat: NDArray[Any] = column.flatten().to_numpy(zero_copy_only=False).astype(spec.dtype, copy=False)
    return flat.reshape(-1, *spec.shape)


def as_stored(samples: Samples, spec: SampleSpec) -> Samples:
    """Return samples at the precision of a pool: 8 bits per channel for images.

    Candidates are rounded before they are measured, so that the measured candidates are the exported ones.
    """
    return replace(samples, values=rounded(samples.values, spec))


def rounded(values: NDArray[Any], spec: SampleSpec) -> NDArray[Any]:
    """Return values at the precision of a pool; see `as_stored`."""
    return from_uint8(to_uint8(values)) if is_picture(spec) else values


def value_feature(spec: SampleSpec) -> dict[str, Any]:
    """Return the feature type of the column for the `datasets` library."""
    if is_picture(spec):
        return {"_type": "Image"}
    if spec.modality == "text":
        return {"dtype": "string", "_type": "Value"}
    number = {"dtype": str(spec.dtype), "_type": "Value"}
    return {"feature": number, "length": int(np.prod(spec.shape)), "_type": "List"}


def object_array(texts: list[str]) -> NDArray[np.object_]:
    """Return texts as an object array ``[N]``."""
    array = np.empty(len(texts), dtype=np.object_)
    array[:] = texts
    return array
