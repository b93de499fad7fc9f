"""Records of measurements: what they say of the code that made them, and their pages in the documents."""

import json
import re
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from genaug import Pipeline
from genaug.experiments.record import NO_DIGEST, OTHER_CODE, OTHER_SETTINGS, Made, modules_of, stale
from genaug.experiments.source_digest import source_digest

ROOT = Path(__file__).parents[3]
BUILD = runpy.run_path(str(ROOT / "docs" / "build_pages.py"))
PAGES: list[Path] = list(BUILD["measured_pages"]())
STATE = re.compile(r"<!-- state -->.*?<!-- end of state -->\s*", re.DOTALL)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a package of a third party: a component, what it imports, and what it does not."""
    folder = tmp_path / "third_party_sampler"
    write(
        folder,
        __init__="",
        component="from third_party_sampler.helper import twice\n\n\ndef one():\n    return twice(1)\n",
        helper='"""Helps."""\nimport json\n\n\ndef twice(x):\n    return 2 * x  # doubled\n',
        other="X = 1\n",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def digest(package: Path) -> str:
    return source_digest([f"{package.name}.component"])


def test_a_change_in_what_a_root_imports_changes_the_digest(package: Path) -> None:
    before = digest(package)
    write(package, helper="def twice(x):\n    return 2.5 * x\n")
    assert digest(package) != before


def test_words_and_other_modules_do_not_change_the_digest(package: Path) -> None:
    before = digest(package)
    write(
        package,
        other="X = 2\n",
        helper='"""Says more."""\nimport json\n\n\n\ndef twice(x):\n    return 2 * x\n',
    )
    assert digest(package) == before


def test_a_script_is_a_root_like_a_module(tmp_path: Path) -> None:
    (tmp_path / "measure.py").write_text("import beside\n")
    (tmp_path / "beside.py").write_text("X = 1\n")
    before = source_digest(["measure.py"], tmp_path)
    assert before == source_digest(["measure.py"], tmp_path)
    (tmp_path / "beside.py").write_text("X = 1.5\n")
    assert before != source_digest(["measure.py"], tmp_path)
    with pytest.raises(ModuleNotFoundError, match=r"there is no absent\.py"):
        source_digest(["absent.py"], tmp_path)


def record(**changes: Any) -> dict[str, Any]:
    made = Made.by("genaug bench x.yaml", ["genaug.statistics.seeds"]).model_dump(mode="json")
    return {"made": made | changes, "asked": {"seeds": [0]}}


def test_a_record_is_current_where_code_and_settings_are_the_same() -> None:
    assert stale(record(), {"seeds": [0]}) == ""
    assert stale(record()) == ""


@pytest.mark.parametrize(
    ("given", "asked", "reason"),
    [
        ({"asked": {}}, None, NO_DIGEST),
        (record(code="0" * 64), None, OTHER_CODE),
        (record(code=""), None, OTHER_CODE),
        (record(), {"seeds": [1]}, OTHER_SETTINGS),
        (record(rests_on=["genaug.gone"]), None, f"{OTHER_CODE}: there is no genaug.gone"),
    ],
)
def test_why_a_record_is_stale(given: Mapping[str, Any], asked: Any, reason: str) -> None:
    assert stale(given, asked) == reason


def test_another_python_may_be_why_a_record_is_stale() -> None:
    given = record(code="0" * 64, versions={"python": ["3.2.1"]})
    assert stale(given).startswith(f"{OTHER_CODE}, or by Python 3.2, not 3.")


def test_a_pipeline_rests_on_the_engine_and_all_its_components() -> None:
    pipeline = Pipeline.from_file(ROOT / "docs/recipes/digits.yaml")
    modules = modules_of(pipeline)
    assert modules[0] == "genaug.pipeline"
    assert type(pipeline.generator).__module__ in modules
    assert all(type(one).__module__ in modules for one in pipeline.generator.regularizers)  # type: ignore[attr-defined]


def test_there_are_pages() -> None:
    assert len(PAGES) >= 17
    assert {path.stem for path in PAGES if path.parent.name == "benchmarks"} == {
        path.stem for path in BUILD["BENCHMARKS"].glob("*.md") if path.name != "README.md"
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_what_its_record_gives(path: Path) -> None:
    """Compare but for the note on staleness, which any change of the code may call for."""
    text = path.read_text(encoding="utf-8")
    assert STATE.sub("", BUILD["page"](path)).split() == STATE.sub("", text).split(), "run: make docs"


@pytest.mark.parametrize("name", ["benchmarks", "selector-comparisons"])
def test_an_index_is_what_the_records_give(name: str) -> None:
    folder = ROOT / "docs" / name
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert STATE.sub("", BUILD["index"](folder)) == STATE.sub("", text), "run: make docs"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_stale_page_says_so(path: Path) -> None:
    """List what is stale, as skipped tests."""
    reason = BUILD["state"](path)
    shown = BUILD["page"](path)
    target = BUILD["target"](path)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    prefix = target.partition("-")[0]
    assert f"\n{target}:" in makefile or f"{prefix}-%" in makefile or "compare-selectors-%" in makefile
    if not reason:
        assert "**Stale**" not in shown
        return
    assert f"> **Stale**: {reason}; `make {target}` measures anew." in shown
    pytest.skip(f"{path.relative_to(ROOT)} is stale: {reason}; make {target}")


def test_the_edited_records_say_so() -> None:
    for path in BUILD["COMPARISONS"].glob("*.json"):
        if "made" not in json.loads(path.read_text(encoding="utf-8")):
            assert "changed by hand after it was made" in BUILD["page"](path.with_suffix(".md"))


def test_the_readme_quotes_the_record_of_the_demo() -> None:
    if not BUILD["DEMO"].exists():
        pytest.skip("the demo has no record yet: make record-demo")
    assert BUILD["readme"]() == (ROOT / "README.md").read_text(encoding="utf-8"), "run: make docs"


def test_the_page_of_recipes_quotes_their_records() -> None:
    page = (ROOT / "docs" / "recipes" / "README.md").read_text(encoding="utf-8")
    assert BUILD["recipes"]() == page, "run: make docs"
