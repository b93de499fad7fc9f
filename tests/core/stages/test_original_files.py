"""Paths of original files in a stored run: found again where the data and the run were moved."""

import json
from pathlib import Path

import pytest

from genaug.stages.original_files import below_root, from_root


def made(folder: Path) -> tuple[list[str], Path]:
    """Return three absolute paths, one of them empty, and an output folder."""
    files = [folder / "data" / "a" / "1.png", folder / "data" / "b" / "é 2.png"]
    for file in files:
        file.parent.mkdir(parents=True)
        file.touch()
    output = folder / "runs" / "first"
    output.mkdir(parents=True)
    return [str(files[0]), "", str(files[1])], output


def test_no_path_is_absolute_but_that_of_the_root(tmp_path: Path) -> None:
    files, output = made(tmp_path)
    stored = json.loads(json.dumps(below_root(files, output)))
    assert stored == {
        "files": ["a/1.png", "", "b/é 2.png"],
        "root": "../../data",
        "absolute_root": str(tmp_path / "data"),
    }
    assert from_root(stored, output) == files


def test_data_and_run_that_moved_together_are_found(tmp_path: Path) -> None:
    files, output = made(tmp_path / "before")
    stored = below_root(files, output)
    (tmp_path / "before").rename(tmp_path / "after")
    found = from_root(stored, tmp_path / "after" / "runs" / "first")
    assert found == [file.replace("before", "after") for file in files]
    assert all(Path(file).is_file() for file in found if file)


def test_data_that_stayed_are_found(tmp_path: Path) -> None:
    files, output = made(tmp_path)
    stored = below_root(files, output)
    (tmp_path / "archive" / "deep" / "er").mkdir(parents=True)
    assert from_root(stored, output.rename(tmp_path / "archive" / "deep" / "er" / "first")) == files


@pytest.mark.parametrize("files", [[], ["", ""], ["relative.png"]])
def test_what_has_no_root_is_stored_as_it_is(files: list[str], tmp_path: Path) -> None:
    assert below_root(files, tmp_path) == {"files": files}
