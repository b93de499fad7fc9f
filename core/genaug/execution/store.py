"""A store of artifacts, addressed by the fingerprints of their stages, written atomically.

Layout of a store::

    <stage>-<fingerprint>/           one artifact; `artifact.json` lists its files
    <stage>-<fingerprint>.partial/   being written, or left by a kill
    <stage>-<fingerprint>.checkpoint/  state of long work, removed when the artifact exists
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genaug.components import identity
from genaug.components.module_files import sha256
from genaug.data.json_files import write_json

if TYPE_CHECKING:
    from torch import Tensor

STORE = "store"
"""The folder of the artifacts, in an output folder."""
TEMPORARY = "temporary"
"""The folder in the store for temporary files; removed at the end of a run."""
RECORD = "artifact.json"
SHOWN = 16  # hex digits of a fingerprint in a folder's name


@dataclass(frozen=True)
class Artifact:
    """A finished artifact.

    Attributes:
        folder: of its files.
        digest: sha256 over the names and contents of its files.
        versions: versions of Python and of the distributions with which it was made, by name.
    """

    folder: Path
    digest: str
    versions: dict[str, str]


class FolderCheckpoint:
    """A checkpoint in a folder; see `genaug.contracts.Checkpoint`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> "tuple[dict[str, Tensor], dict[str, Any]] | None":
        """Return the tensors and the JSON state that were saved last; None where there are none."""
        from safetensors.torch import load_file

        for folder in (self._folder, self._previous):  # a kill between two renames leaves the previous
            if (folder / "state.json").exists():
                return load_file(folder / "tensors.safetensors"), json.loads(
                    (folder / "state.json").read_text()
                )
        return None

    def save(self, tensors: "Mapping[str, Tensor]", state: Mapping[str, Any]) -> None:
        """Replace the saved state; a kill at any moment leaves the old or the new one."""
        from safetensors.torch import save_file

        fresh = self._folder.with_suffix(".checkpoint-new")
        _emptied(fresh)
        save_file(
            {name: tensor.contiguous() for name, tensor in tensors.items()}, fresh / "tensors.safetensors"
        )
        (fresh / "state.json").write_text(json.dumps(state))
        _flush(fresh)
        shutil.rmtree(self._previous, ignore_errors=True)
        if self._folder.exists():
            self._folder.rename(self._previous)
        fresh.rename(self._folder)
        shutil.rmtree(self._previous, ignore_errors=True)

    def clear(self) -> None:
        """Delete the saved state."""
        for folder in (self._folder, self._previous, self._folder.with_suffix(".checkpoint-new")):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _previous(self) -> Path:
        return self._folder.with_suffix(".checkpoint-old")


class Store:
    """A store of artifacts in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, stage: str, fingerprint: str) -> Artifact | None:
        """Return the artifact of a stage with this fingerprint; None where it is missing or incomplete."""
        folder = self._path(stage, fingerprint)
        try:
            record = json.loads((folder / RECORD).read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        whole = record["fingerprint"] == fingerprint and all(
            (folder / name).is_file() and (folder / name).stat().st_size == entry["bytes"]
            for name, entry in record["files"].items()
        )
        return Artifact(folder, record["digest"], record.get("versions", {})) if whole else None

    def checkpoint(self, stage: str, fingerprint: str) -> FolderCheckpoint:
        """Return the checkpoint of a stage's long work."""
        return FolderCheckpoint(self._path(stage, fingerprint).with_suffix(".checkpoint"))

    @contextmanager
    def create(
        self,
        stage: str,
        fingerprint: str,
        versions: Mapping[str, str] | None = None,
        keep_partial: bool = False,
    ) -> Iterator[Path]:
        """Yield a folder to write into; it becomes the artifact when the block ends without an error.

        Args:
            stage: name of the stage.
            fingerprint: its fingerprint.
            versions: versions of Python and of the distributions with which it is made, by name.
            keep_partial: keep what an earlier, killed attempt wrote, for a stage that writes each
                of its files atomically and skips those that exist.
        """
        final = self._path(stage, fingerprint)
        partial = final.with_suffix(".partial")
        if not keep_partial:
            _emptied(partial)
        partial.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
        except BaseException:  # interrupts, too, must leave nothing half written; raised again
            if not keep_partial:
                shutil.rmtree(partial, ignore_errors=True)
            raise
        files = {
            path.relative_to(partial).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size}
            for path in sorted(partial.rglob("*"))
            if path.is_file() and path.name != RECORD
        }
        digest = identity.fingerprint(files)
        record = {"stage": stage, "fingerprint": fingerprint, "digest": digest, "files": files}
        write_json(partial / RECORD, record | {"versions": dict(versions or {})})
        _flush(partial)
        shutil.rmtree(final, ignore_errors=True)  # can only be a broken one: `find` returned None
        partial.rename(final)
        self.checkpoint(stage, fingerprint).clear()

    def _path(self, stage: str, fingerprint: str) -> Path:
        # with_suffix must not cut off a part of the name, so the name itself has no dot.
        return self.folder / f"{stage.replace('.', '-').replace(':', '-')}-{fingerprint[:SHOWN]}"


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _flush(folder: Path) -> None:
    """Flush a folder to disk before it is renamed."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
