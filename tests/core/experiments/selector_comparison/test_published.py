"""The selector comparisons of the documents can be run, and their pages are of the files as they stand."""

import json
from pathlib import Path

import pytest

from genaug.experiments.selector_comparison.config import SelectorComparison

FOLDER = Path(__file__).parents[4] / "docs/selector-comparisons"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_a_valid_comparison(path: Path) -> None:
    assert len(SelectorComparison.from_file(path).chains) > 5
    assert f"]({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_page_is_of_the_file_as_it_stands(path: Path) -> None:
    said = json.loads(path.read_text(encoding="utf-8"))
    asked = SelectorComparison.from_file(path.with_suffix(".yaml"))
    assert SelectorComparison.model_validate(said.get("selector_comparison", said.get("bake_off"))) == asked
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert said["comparison"]["sentence"][1:] in page
    assert all(name in page for name in asked.chains)
