"""Images of a Hugging Face data set: a local folder, parquet files, or a name on the hub."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from genaug import Recognition
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import PARTS
from genaug_plugins.sources.hugging_face_tables import Tables, hub_tables, local_files, read_tables
from genaug_plugins.sources.image_source import ImageEntry, ImageSource, files_sha256
from genaug_plugins.sources.label_cells import NO_INDEX, label_text

if TYPE_CHECKING:
    import pyarrow as pa

LABELS = ("label", "labels", "class", "category", "target", "fine_label")


class HuggingfaceDatasetSource(ImageSource):
    """Read the images of a data set of the `datasets` library.

    Local folders (of `save_to_disk`, or of parquet files) and single parquet files are read without that
    library. Splits called train, validation and test are taken as views; other splits are split by genaug.
    """

    name: ClassVar[str] = "huggingface-dataset"

    path: str
    """A folder or a .parquet file; else a name on the hub (needs network and `genaug[hub]`)."""
    config: str | None = None
    """Configuration of a data set on the hub."""
    image: str | None = None
    """Column of the images; None: the first one that has images."""
    label: str | None = None
    """Column of the classes; None: the first of `label`, `labels`, `class`, …"""
    group: str | None = None
    """Column of the groups (a patient, a scene), which are never split."""
    splits: tuple[str, ...] | None = None
    """Splits to read; None: all."""
    split_views: bool = True
    """Take splits called train, validation and test as views; false: genaug splits all."""

    def load(self) -> Dataset:
        """Read all images, in the order of the splits.

        Raises:
            DataError: naming the column or split that cannot be used.
        """
        path = Path(self.path).expanduser()
        files = local_files(path) if path.exists() else []
        if path.exists() and not files:
            raise DataError(
                f"{path} has no .parquet or .arrow file; set `path` to a folder of `save_to_disk`"
            )
        tables = read_tables(files) if files else hub_tables(self.path, self.config)
        names = list(dict.fromkeys(split for split, _, _ in tables))
        unknown = sorted(set(self.splits or ()) - set(names))
        if unknown:
            raise DataError(f"{self.path} has no split {unknown[0]!r}; it has {', '.join(names)}")
        tables = [one for one in tables if self.splits is None or one[0] in self.splits]
        entries = self._entries(tables)
        details = {"origin": path.name}
        if any(entry.view for entry in entries):
            details["views"] = f"the split ({', '.join(dict.fromkeys(split for split, _, _ in tables))})"
        return self.read_entries(entries, self.path, (), details)

    def state(self) -> str:
        """Return the SHA-256 of the local files; empty for a data set on the hub."""
        path = Path(self.path).expanduser()
        return files_sha256([(file.name, file) for _, file in local_files(path)]) if path.exists() else ""

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a folder of `save_to_disk`, or parquet files, with a column of images."""
        files = local_files(path) if path.is_file() or path.is_dir() else []
        if not files:
            return None
        try:
            splits = dict.fromkeys(split for split, _ in files)
            table = read_tables(files[:1])[0]
        except (DataError, ValueError):
            return None
        images = _image_columns(table[1])
        if not images or not any(name in table[1].column_names for name in LABELS):
            return None
        named = ", ".join(split for split in splits if split)
        return Recognition(
            settings={"path": str(path)},
            confidence=0.95,
            found=f"a data set of images{f' with the splits {named}' if named else ''}, in {images[0]!r}",
        )

    def _entries(self, tables: Tables) -> list[ImageEntry]:
        by_view = [PARTS.get(split.lower(), "") for split, _, _ in tables]
        as_views = self.split_views and any(view != "train" for view in by_view) and "train" in by_view
        entries = []
        for (split, cells, features), view in zip(tables, by_view, strict=True):
            image = self._column(cells, "image", _image_columns(cells))
            label = self._column(cells, "label", [name for name in LABELS if name in cells.column_names])
            names = (features.get(label) or {}).get("names")
            groups = None
            if self.group is not None:
                groups = cells[self._column(cells, "group", [])].to_pylist()
            pairs = zip(cells[image].to_pylist(), cells[label].to_pylist(), strict=True)
            for row, (picture, number) in enumerate(pairs):
                origin = f"{split or Path(self.path).name}[{row}]"
                content = _content(picture)
                if content is None:
                    raise DataError(f"{origin} has no image in the column {image!r}: remove the row")
                entries.append(
                    ImageEntry(
                        content,
                        origin,
                        _class_name(number, names),
                        view if as_views else "",
                        None if groups is None else str(groups[row]),
                    )
                )
        return entries

    def _column(self, cells: pa.Table, setting: str, usual: list[str]) -> str:
        given, names = getattr(self, setting), cells.column_names
        if given is None and usual:
            return usual[0]
        if given in names:
            return str(given)
        if given is None:
            other = " Tables and texts are read by `table-file` and `text-file`" if setting == "image" else ""
            raise DataError(
                f"{self.path} has no column that is the {setting}; its columns are {', '.join(names)}: set "
                f"`{setting}`.{other}"
            )
        near = difflib.get_close_matches(given, names, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise DataError(f"{self.path} has no column {given!r} (`{setting}`){hint} It has {', '.join(names)}")


def _image_columns(cells: pa.Table) -> list[str]:
    """Return the columns of bytes, and of records with bytes and a path."""
    import pyarrow as pa

    def is_image(kind: Any) -> bool:
        if pa.types.is_struct(kind):
            return {field.name for field in kind} >= {"bytes", "path"}
        return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))

    return [field.name for field in cells.schema if is_image(field.type)]


def _content(picture: Any) -> Path | bytes | None:
    if not isinstance(picture, dict):
        return picture if isinstance(picture, bytes) else None
    if picture.get("bytes") is not None:
        return bytes(picture["bytes"])
    return Path(picture["path"]) if picture.get("path") else None


def _class_name(number: Any, names: list[str] | None) -> str | None:
    if names is not None and isinstance(number, int):
        if number == NO_INDEX:
            return None
        if 0 <= number < len(names):
            return names[number]
    return label_text(number) or None
