"""Tar shards of images in the layout of webdataset."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any, ClassVar

from genaug import Recognition
from genaug.data import Dataset
from genaug.data.summary import count
from genaug.errors import DataError
from genaug_plugins.sources.class_folders import PARTS, some
from genaug_plugins.sources.image_formats import image_suffixes
from genaug_plugins.sources.image_source import ImageEntry, ImageSource, files_sha256
from genaug_plugins.sources.label_cells import NO_INDEX, label_text


class WebdatasetSource(ImageSource):
    """Read images from tar shards: members `KEY.jpg`, and `KEY.cls` or `KEY.json` with the class.

    Members of one key are one sample. Shards called `train-…`, `val-…` and `test-…` are taken as views.
    Nothing is unpickled, and nothing is unpacked to disk.
    """

    name: ClassVar[str] = "webdataset"

    path: Path
    """A .tar file, or a folder of them."""
    label: str = "cls"
    """Where the class is: suffix of a member (`cls`, `txt`), or `json:FIELD` for a field of `KEY.json`."""
    class_names: tuple[str, ...] | None = None
    """Names of the numbers in `KEY.cls`; None: those in `classes.json` beside the shards, if it is there."""
    group: str | None = None
    """Field of `KEY.json` with the group (a patient, a scene), which is never split."""
    view_shards: bool = True
    """Take the names of shards as views, where all begin with `train`, `val` or `test`."""

    def load(self) -> Dataset:
        """Read all images, in the order of the shards.

        Raises:
            DataError: naming the shard and key that cannot be used.
        """
        shards = self._shards()
        views = {shard: PARTS.get(shard.stem.replace("_", "-").split("-")[0].lower(), "") for shard in shards}
        as_views = self.view_shards and all(views.values()) and "train" in views.values()
        names = self._class_names()
        entries: list[ImageEntry] = []
        other: list[str] = []
        for shard in shards:
            for key, members in _samples(shard).items():
                origin = f"{shard.name}/{key}"
                suffix = next(
                    (suffix for suffix in members if f".{suffix.split('.')[-1]}" in image_suffixes()), None
                )
                if suffix is None:
                    other.append(origin)
                    continue
                label = self._label(members, origin, names)
                view = views[shard] if as_views else ""
                group = self._field(members, origin, self.group) if self.group else None
                known = self._known(members, origin)
                entries.append(
                    ImageEntry(members[suffix], f"{origin}.{suffix}", label, view, group, known=known)
                )
        if not entries:
            raise DataError(f"the shards of {self.path} contain no images; members found: {some(other)}")
        if all(entry.label is None for entry in entries):
            raise DataError(
                f"no sample of {self.path} has a class in `.{self.label}`; set `label` to the suffix of the "
                "member that has it, or to `json:FIELD`"
            )
        problems = (
            [f"left out: {count(len(other), 'sample')} without an image: {some(other)}"] if other else []
        )
        details = {"views": "the name of the shard"} if as_views else {}
        return self.read_entries(entries, str(self.path), problems, details)

    def state(self) -> str:
        """Return the SHA-256 of the shards.

        Raises:
            DataError: where there are none.
        """
        shards = self._shards()
        return files_sha256([(shard.name, shard) for shard in (*shards, shards[0].parent / "classes.json")])

    @classmethod
    def recognize(cls, path: Path) -> Recognition | None:
        """Recognize a tar file, or a folder of tar files, whose first members are images with a class."""
        shards = [path] if path.suffix == ".tar" else sorted(path.glob("*.tar")) if path.is_dir() else []
        if not shards:
            return None
        try:
            with tarfile.open(shards[0]) as archive:
                first = [member.name for _, member in zip(range(20), archive, strict=False)]
        except (OSError, tarfile.TarError):
            return None
        suffixes = {Path(name).name.partition(".")[2] for name in first}
        if not any(f".{suffix.split('.')[-1]}" in image_suffixes() for suffix in suffixes):
            return None
        label = next((label for label in ("cls", "txt") if label in suffixes), "json:label")
        found = f"{len(shards)} tar shards of images, with the class in `{label}`"
        return Recognition(settings={"path": str(path), "label": label}, confidence=0.9, found=found)

    def _shards(self) -> list[Path]:
        path = self.path.expanduser()
        shards = sorted(path.glob("*.tar")) if path.is_dir() else [path]
        if not shards or not shards[0].is_file():
            raise DataError(f"there are no shards at {path}; set `path` to a .tar file or a folder of them")
        return shards

    def _class_names(self) -> tuple[str, ...] | None:
        file = self._shards()[0].parent / "classes.json"
        if self.class_names is not None or not file.is_file():
            return self.class_names
        try:
            names = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"{file} is not JSON ({error}): set `class_names`, or remove the file") from error
        if isinstance(names, dict):
            names = names.get("classes", names.get("class_names"))
        if not isinstance(names, list):
            return None
        return tuple(str(one.get("name", one) if isinstance(one, dict) else one) for one in names)

    def _label(self, members: dict[str, bytes], origin: str, names: tuple[str, ...] | None) -> str | None:
        if self.label.startswith("json:"):
            return label_text(self._field(members, origin, self.label.removeprefix("json:"))) or None
        if self.label not in members:
            return None
        text = label_text(members[self.label].decode("utf-8", "replace"))
        if names is None or not text.lstrip("-").isdigit():
            return text or None
        if int(text) == NO_INDEX:
            return None
        if not 0 <= int(text) < len(names):
            raise DataError(f"{origin}.{self.label} is {text}, but there are {len(names)} class names")
        return names[int(text)]

    def _known(self, members: dict[str, bytes], origin: str) -> dict[str, Any] | None:
        """Return what `KEY.json` says, and the text of `KEY.txt` as the prompt, where it is not the label."""
        known: dict[str, Any] = {}
        if "txt" in members and self.label != "txt":
            known["prompt"] = members["txt"].decode("utf-8", "replace").strip()
        return (known | self._record(members, origin)) or None

    def _record(self, members: dict[str, bytes], origin: str) -> dict[str, Any]:
        """Return the object in `KEY.json`; empty where there is none.

        Raises:
            DataError: where it is not JSON.
        """
        if "json" not in members:
            return {}
        try:
            record = json.loads(members["json"])
        except ValueError as error:
            raise DataError(f"{origin}.json is not JSON: {error}") from error
        return record if isinstance(record, dict) else {}

    def _field(self, members: dict[str, bytes], origin: str, field: str) -> str | None:
        if "json" not in members:
            return None
        record = self._record(members, origin)
        if field not in record:
            fields = ", ".join(record) or "no fields"
            raise DataError(f"{origin}.json has no field {field!r}; it has {fields}")
        return None if record[field] is None else str(record[field])


def _samples(shard: Path) -> dict[str, dict[str, bytes]]:
    """Return the members of each key by suffix, in the order of the shard."""
    samples: dict[str, dict[str, bytes]] = {}
    try:
        with tarfile.open(shard) as archive:
            for member in archive:
                folder, _, file = member.name.rpartition("/")
                key, _, suffix = file.partition(".")
                if not member.isfile() or not key or not suffix:
                    continue
                content = archive.extractfile(member)
                assert content is not None
                members = samples.setdefault(f"{folder}/{key}".lstrip("/"), {})
                if suffix.lower() in members:
                    raise DataError(f"{shard.name} has two members {member.name}: keys must be unique")
                members[suffix.lower()] = content.read()
    except (tarfile.TarError, EOFError) as error:
        raise DataError(f"{shard} is not a whole tar file: {error}") from error
    return samples
