"""The bake-offs of the documents can be run, and their pages are of the files as they stand."""

import json
from pathlib import Path

import pytest

from genaug.bake_off.config import BakeOff

FOLDER = Path(__file__).parents[3] / "docs/bake-offs"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_a_valid_bake_off(path: Path) -> None:
    assert len(BakeOff.from_file(path).chains) > 5
    assert f"]({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_page_is_of_the_file_as_it_stands(path: Path) -> None:
    said = json.loads(path.read_text(encoding="utf-8"))
    bake_off = BakeOff.from_file(path.with_suffix(".yaml"))
    assert BakeOff.model_validate(said["bake_off"]) == bake_off
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert said["comparison"]["sentence"][1:] in page
    assert all(name in page for name in bake_off.chains)
