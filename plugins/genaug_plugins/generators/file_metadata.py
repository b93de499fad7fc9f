"""What lies beside image files: how they were made."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from genaug.data import Dataset
from genaug.errors import DataError

LISTS = ("metadata.jsonl", "metadata.csv")
"""Files in a folder of images, or in one above it, that describe its images, in a column `file_name`."""
KEYS = ("file_name", "file", "path", "image")
"""Columns that may name the file, in order of preference."""
LONGEST = 4000
"""Characters of a text that are kept."""

Known = dict[str, JsonValue]


def metadata_of(dataset: Dataset) -> list[Known]:
    """Return what is known of each sample of a data set: its file, what its source read, what lies beside it.

    A name in a list is relative to the list's folder. Texts of PNG files are read too.

    Returns:
        A mapping for each sample; empty where no sample has a file or an origin.

    Raises:
        DataError: where a list is not JSON lines or CSV.
    """
    if dataset.files is None and dataset.origins is None and dataset.metadata is None:
        return []
    lists: dict[Path, Mapping[Path, Known]] = {}
    found: list[Known] = []
    for row in range(len(dataset.samples)):
        known: Known = {}
        if dataset.origins is not None and dataset.origins[row]:
            known["file"] = str(dataset.origins[row])
        if dataset.metadata is not None:
            known |= {str(key): _plain(value) for key, value in dataset.metadata[row].items()}
        file = Path(str(dataset.files[row])) if dataset.files is not None and dataset.files[row] else None
        if file is not None:
            for folder in (file.parent.parent, file.parent):
                if folder not in lists:
                    lists[folder] = _listed(folder)
                known |= lists[folder].get(file, {})
            known |= _beside(file) | _inside(file)
        found.append(known)
    return found


def _listed(folder: Path) -> dict[Path, Known]:
    """Return what the lists of a folder say, by file."""
    described: dict[Path, Known] = {}
    for path in (folder / name for name in LISTS):
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        try:
            lines = text.splitlines()
            rows = (
                list(csv.DictReader(lines))
                if path.suffix == ".csv"
                else [json.loads(line) for line in lines if line.strip()]
            )
            if not all(isinstance(row, dict) for row in rows):
                raise ValueError("a line is not an object")
        except ValueError as error:
            raise DataError(f"{path} is not what its name says: {error}. Correct or remove it") from error
        for row in rows:
            key = next((key for key in KEYS if row.get(key)), None)
            if key is not None:
                plain = {str(name): _plain(value) for name, value in row.items() if name and name != key}
                described[folder / str(row[key])] = plain
    return described


def _beside(file: Path) -> Known:
    """Return what the file's own JSON or text file says."""
    own = file.with_suffix(".json")
    if own.is_file():
        try:
            said = json.loads(own.read_text(encoding="utf-8-sig", errors="replace"))
        except ValueError as error:
            raise DataError(f"{own} is not JSON: {error}. Correct or remove it") from error
        return {str(key): _plain(value) for key, value in said.items()} if isinstance(said, dict) else {}
    caption = file.with_suffix(".txt")
    return {"prompt": _plain(caption.read_text("utf-8-sig", "replace").strip())} if caption.is_file() else {}


def _inside(file: Path) -> Known:
    """Return the texts of a PNG file."""
    if file.suffix.lower() != ".png":
        return {}
    from PIL import Image

    with Image.open(file) as image:
        texts = getattr(image, "text", {})
    return {str(key): _plain(str(value)) for key, value in texts.items()}


def _plain(value: Any) -> JsonValue:
    """Return a value of JSON; long texts are cut, NaN and infinity are texts."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if len(text) > LONGEST:
        return text[:LONGEST] + " …"
    if isinstance(value, float) and value - value != 0:
        return text
    plain: JsonValue = value
    return plain
