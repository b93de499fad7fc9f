"""Tables of a Hugging Face data set: parquet files, a folder of `save_to_disk`, or a name on the hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.data.output_folders import data_files
from genaug.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

Tables = list[tuple[str, "pa.Table", dict[str, Any]]]
"""Name of the split, cells, and features by column, of each table."""


def local_files(path: Path) -> list[tuple[str, Path]]:
    """Return the name of the split and the path of each file of cells, in order; empty where none is."""
    if path.is_file():
        return [("", path)] if path.suffix in (".parquet", ".arrow") else []
    found = []
    for file in sorted((*data_files(path, "*.parquet"), *data_files(path, "*.arrow"))):
        if file.name.startswith(("cache-", ".")):
            continue
        inner = file.relative_to(path).parent.name
        # `train-00000-of-00001.parquet`, or `train/data-00000-of-00001.arrow`
        split = file.stem.split("-")[0] if file.suffix == ".parquet" else inner
        found.append((inner if split.isdigit() else split, file))
    return found


def read_tables(files: list[tuple[str, Path]]) -> Tables:
    """Read files of cells.

    Raises:
        DataError: naming the file that cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables: Tables = []
    for split, file in files:
        try:
            if file.suffix == ".parquet":
                cells = pq.read_table(file)
            else:
                with pa.OSFile(str(file)) as opened:
                    cells = pa.ipc.open_stream(opened).read_all()
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{file} cannot be read: {error}") from error
        stored = (cells.schema.metadata or {}).get(b"huggingface", b"{}")
        features = json.loads(stored).get("info", {}).get("features") or {}
        tables.append((split, cells, features))
    return tables


def hub_tables(name: str, config: str | None) -> Tables:
    """Read all splits of a data set on the hub, or in the cache of `datasets`.

    Raises:
        DataError: where it cannot be had, with what to do.
    """
    try:
        import datasets
    except ImportError as error:
        raise DataError(
            f"{name} is no folder or file here, and to read it from the hub, `datasets` is missing: pip "
            "install 'genaug[hub]', or give the path of a local folder"
        ) from error
    try:
        found = datasets.load_dataset(name, config)
    except Exception as error:  # of the network, the cache, the hub: of many types
        reason = str(error).strip().splitlines()
        raise DataError(
            f"{name} is no folder or file here, and cannot be read from the hub ({type(error).__name__}: "
            f"{reason[0] if reason else ''}). Where there is no network, save it elsewhere with "
            "`save_to_disk`, and give the path of that folder"
        ) from error
    if not isinstance(found, Mapping):
        found = {"": found}
    return [(split, part.with_format("arrow")[:], part.features.to_dict()) for split, part in found.items()]
