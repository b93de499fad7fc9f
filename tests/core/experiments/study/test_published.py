"""The published studies can be run again."""

from pathlib import Path

import pytest

from genaug.experiments.study.plan import planned
from genaug.experiments.study.study import read

FOLDER = Path(__file__).parents[4] / "docs/benchmarks"
STUDIES = sorted(FOLDER.glob("*.yaml"))


def test_there_are_studies() -> None:
    assert len(STUDIES) >= 5


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_arm_of_every_study_is_a_valid_pipeline(path: Path, tmp_path: Path) -> None:
    study, file = read(path, ())
    runs = planned(study, file, tmp_path)
    values = next(iter(study.vary.values()), (None,))
    assert len(runs) == len(study.seeds) * len(study.arms) * len(values)


def test_the_index_names_every_page() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    for page in FOLDER.glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in index, page.name
