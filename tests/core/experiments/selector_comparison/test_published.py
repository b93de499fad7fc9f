"""The selector comparisons of the documents can be run."""

from pathlib import Path

import pytest

from genaug.experiments.selector_comparison.config import SelectorComparison

FOLDER = Path(__file__).parents[4] / "docs/selector-comparisons"
FILES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_files() -> None:
    assert len(FILES) >= 3


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_a_valid_comparison(path: Path) -> None:
    assert len(SelectorComparison.from_file(path).chains) > 5
    assert f"]({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
