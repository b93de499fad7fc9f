"""The store: artifacts are written atomically."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from genaug.components.identity import fingerprint
from genaug.errors import RunLocked, StoreError
from genaug.execution.lock import locked
from genaug.execution.store import FolderCheckpoint, Store

FINGERPRINT = fingerprint({"step": "a"})


def make(store: Store, content: str = "x") -> None:
    with store.create("a.b", FINGERPRINT) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file.txt").write_text(content)


def half_write(folder: Path) -> None:
    (folder / "first").write_text("done")
    (folder / "second").read_text()


def test_fingerprint_depends_on_content_not_on_order() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})


def test_an_artifact_is_found_again_with_the_digest_of_its_content(tmp_path: Path) -> None:
    store, other = Store(tmp_path / "one"), Store(tmp_path / "two")
    assert store.find("a.b", FINGERPRINT) is None
    make(store)
    make(other)
    found, same = store.find("a.b", FINGERPRINT), other.find("a.b", FINGERPRINT)
    assert found is not None
    assert same is not None
    assert found.digest == same.digest
    changed = Store(tmp_path / "three")
    make(changed, "y")
    third = changed.find("a.b", FINGERPRINT)
    assert third is not None
    assert third.digest != found.digest


def test_what_fails_leaves_nothing_that_could_be_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(FileNotFoundError), store.create("a.b", FINGERPRINT) as folder:
        half_write(folder)
    assert store.find("a.b", FINGERPRINT) is None
    assert list(tmp_path.iterdir()) == []
    make(store)
    assert store.find("a.b", FINGERPRINT) is not None


@pytest.mark.parametrize("damage", ["shorten", "remove", "no record", "record cut off"])
def test_a_damaged_artifact_is_made_again(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path)
    make(store, "whole")
    found = store.find("a.b", FINGERPRINT)
    assert found is not None
    file, record = found.folder / "deep" / "file.txt", found.folder / "artifact.json"
    match damage:
        case "shorten":
            file.write_text("who")
        case "remove":
            file.unlink()
        case "no record":
            record.unlink()
        case _:
            record.write_text(record.read_text()[:20])
    assert store.find("a.b", FINGERPRINT) is None
    make(store, "whole")
    again = store.find("a.b", FINGERPRINT)
    assert again is not None
    assert again.digest == found.digest


def test_a_kept_partial_folder_survives_a_failure(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(FileNotFoundError), store.create("a", FINGERPRINT, keep_partial=True) as folder:
        half_write(folder)
    with store.create("a", FINGERPRINT, keep_partial=True) as folder:
        assert (folder / "first").read_text() == "done"


def test_a_checkpoint_gives_back_what_was_saved_last(tmp_path: Path) -> None:
    checkpoint = FolderCheckpoint(tmp_path / "fit-abc.checkpoint")
    assert checkpoint.load() is None
    checkpoint.save({"w": torch.arange(3.0)}, {"step": 1})
    checkpoint.save({"w": torch.arange(4.0)}, {"step": 2, "nested": {"p": 0.1}})
    kept = checkpoint.load()
    assert kept is not None
    assert torch.equal(kept[0]["w"], torch.arange(4.0))
    assert kept[1] == {"step": 2, "nested": {"p": 0.1}}
    checkpoint.clear()
    assert checkpoint.load() is None
    assert list(tmp_path.iterdir()) == []


def test_a_kill_between_the_renames_leaves_the_previous_checkpoint(tmp_path: Path) -> None:
    checkpoint = FolderCheckpoint(tmp_path / "fit-abc.checkpoint")
    checkpoint.save({"w": torch.zeros(1)}, {"step": 1})
    (tmp_path / "fit-abc.checkpoint").rename(tmp_path / "fit-abc.checkpoint-old")
    kept = checkpoint.load()
    assert kept is not None
    assert kept[1] == {"step": 1}


def test_a_finished_artifact_clears_its_checkpoint(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.checkpoint("a.b", FINGERPRINT).save({}, {"step": 1})
    make(store)
    assert store.checkpoint("a.b", FINGERPRINT).load() is None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_second_run_in_a_folder_is_refused(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(RunLocked, match=rf"process {os.getpid()}.*wait until it ends"),
        locked(tmp_path),
    ):
        pass
    with locked(tmp_path):
        pass


HOLD = """
import pathlib, signal, sys
from genaug.execution.lock import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    signal.pause()
"""


def test_the_lock_falls_with_its_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunLocked, match=f"process {holder.pid}"), locked(tmp_path):
            pass
        holder.kill()
    with locked(tmp_path):
        pass


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with (
        pytest.raises(StoreError, match=r"cannot write to the output folder .*taken"),
        locked(tmp_path / "taken"),
    ):
        pass
    assert (tmp_path / "taken").read_text() == "mine"


def test_the_record_lists_each_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    make(store)
    found = store.find("a.b", FINGERPRINT)
    assert found is not None
    record = json.loads((found.folder / "artifact.json").read_text())
    assert record["stage"] == "a.b"
    assert list(record["files"]) == ["deep/file.txt"]
