"""Funnels on disk: parquet and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genaug.data.selection import Funnel, Reasons

if TYPE_CHECKING:
    import pyarrow as pa

SCORE = "score:"
"""Prefix of the names of score columns."""
OLD_SELECTORS = "steps"
"""Key of the selectors in files of the previous release."""
OLD_WARNINGS = "notes"
"""Key of the warnings and the remarks, in one list, in files of the previous release."""


def save_funnel(funnel: Funnel, folder: Path) -> None:
    """Write the outcome of each candidate, the warnings and the remarks of the selectors."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Any] = {
        "kept": funnel.kept,
        "dropped_by": pa.array(funnel.dropped_by, pa.string()),
        "reason": pa.array(funnel.reasons, pa.string()),
        **{f"{SCORE}{name}": column for name, column in funnel.scores.items()},
    }
    pq.write_table(
        pa.table(columns),
        folder / "candidates.parquet",
        compression="zstd",
        use_dictionary=["dropped_by", "reason"],
    )
    chain = {"selectors": funnel.selectors, "warnings": funnel.warnings, "remarks": funnel.remarks}
    (folder / "chain.json").write_text(json.dumps(chain, indent=2), encoding="utf-8")


def load_funnel(folder: Path) -> Funnel:
    """Read a funnel that `save_funnel` wrote."""
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "candidates.parquet", read_dictionary=["dropped_by", "reason"])
    chain = json.loads((folder / "chain.json").read_text(encoding="utf-8"))
    scores: Mapping[str, Any] = {
        name.removeprefix(SCORE): table[name].to_numpy()
        for name in table.column_names
        if name.startswith(SCORE)
    }
    return Funnel(
        table["kept"].to_numpy(zero_copy_only=False).astype(np.bool_),
        _texts(table["dropped_by"]),
        _texts(table["reason"]),
        scores,
        tuple((name, kept) for name, kept in chain.get("selectors", chain.get(OLD_SELECTORS, ()))),
        tuple(chain.get("warnings", chain.get(OLD_WARNINGS, ()))),
        tuple(chain.get("remarks", ())),
    )


def _texts(column: pa.ChunkedArray) -> Reasons:
    """Return texts as objects, equal ones as one object."""
    coded = column.unify_dictionaries().combine_chunks()
    known = np.array([*coded.dictionary.to_pylist(), ""], dtype=np.object_)[:-1]
    return np.asarray(known[coded.indices.to_numpy()])
