"""Texts in class folders: one .txt file for each text."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from genaug import Recognition, Source
from genaug.data import Dataset
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import ClassFolders, count, readable, some
from genaug_plugins.sources.files import existing_file, file_sha256
from genaug_plugins.sources.text_dataset import text_dataset

OnEmpty = Literal["error", "skip"]


class TextFolderSource(Source):
    """Read a folder with one folder of .txt files for each class; each file is a text.

    Texts are not changed, except for white space at their ends.
    """

    name: ClassVar[str] = "text-folder"

    path: Path
    """The folder, with one folder of .txt files for each class."""
    encoding: str | None = None
    """Encoding of the files: `latin-1`, `cp1252`, …; null: UTF-8."""
    on_empty: OnEmpty = "error"
    """Files without text: `error`, or `skip` with a warning."""

    def load(self) -> Dataset:
        """Read all texts, in the order of the sorted relative paths.

        Raises:
            DataError: naming the file that cannot be read as a text.
        """
        return read_text_folder(self.path.expanduser(), self.encoding, self.on_empty)

    def known_modality(self) -> str:
        """Return `text`."""
        return "text"

    def state(self) -> str:
        """Return the SHA-256 of the files' relative paths and bytes.

        Raises:
            DataError: if the folder does not exist or has no texts.
        """
        return text_folder_state(self.path.expanduser())

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a folder with one folder of .txt files for each class."""
        if not path.is_dir():
            return None
        try:
            folders = ClassFolders(path, (".txt",), "text")
        except DataError:
            return None
        found = f"{count(folders.paths, 'text')} in {count(sorted(folders.classes), 'class folder')}"
        confidence = 0.9 if len(folders.classes) > 1 else 0.3
        return Recognition(
            settings={"path": str(path), "on_empty": "skip"}, confidence=confidence, found=found
        )


def read_text_folder(path: Path, encoding: str | None, on_empty: OnEmpty) -> Dataset:
    """Read the texts of a folder; see `TextFolderSource`."""
    folders = ClassFolders(path, (".txt",), "text")
    texts, names, empty = [], [], []
    for name in folders.paths:
        try:
            text = (path / name).read_text(encoding=encoding or "utf-8-sig").strip()
        except LookupError as error:
            raise DataError(f"there is no encoding {encoding!r}: set utf-8, latin-1 or cp1252") from error
        except (OSError, UnicodeError) as error:
            raise DataError(
                f"{path / readable(name)} cannot be read as {encoding or 'UTF-8'} text: {error}. Set "
                "`encoding: latin-1` (or cp1252) where all files are so, or save it as UTF-8"
            ) from error
        if text:
            texts.append(text)
            names.append(name)
        elif on_empty == "skip":
            empty.append(name)
        else:
            raise DataError(f"{path / readable(name)} is empty: remove it, or set `on_empty: skip`")
    problems = list(folders.problems)
    if empty:
        problems.append(f"left out: {count(empty, 'empty text')}: {some(empty)}")
    origins = list(map(readable, names))
    files = [readable(os.path.abspath(path / name)) for name in names]
    details = {"text": "text", "label": "class", "origin": path.name, "form": ".txt"}
    labels = [origin.split("/")[0] for origin in origins]
    return text_dataset(texts, labels, details, np.array(origins), problems, files=np.array(files))


def text_folder_state(path: Path) -> str:
    """Return the SHA-256 of the relative paths and bytes of a folder's texts."""
    digest = hashlib.sha256()
    for name in ClassFolders(path, (".txt",), "text").paths:
        content = file_sha256(existing_file(path / name, "a folder of .txt files"))
        digest.update(os.fsencode(name) + b"\0" + content.encode())
    return digest.hexdigest()
