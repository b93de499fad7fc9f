"""The chapters for plugin authors: every block runs, every name in a table exists."""

import importlib
import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
CHAPTERS = ["plugin-generators", "plugin-objects"]


@pytest.mark.parametrize("page", CHAPTERS)
def test_the_python_of_a_chapter_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) * 2 == text.count("```"), "a block of another language is not run"
    module = f"chapter_{page.replace('-', '_')}"  # a module, because fingerprints cover the code of plugins
    (tmp_path / f"{module}.py").write_text("\n\n".join(blocks), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module(module)


def test_the_tables_are_those_of_the_contracts() -> None:
    tables = runpy.run_path(str(DOCS / "build_plugin_tables.py"))
    pages = {page: (DOCS / f"{page}.md").read_text(encoding="utf-8") for page in (*CHAPTERS, "pairs")}
    for page, text in pages.items():
        assert tables["filled"](text) == text, f"{page}: run: make docs"
    for name in tables["TABLES"]:
        assert any(f"<!-- {name} -->" in text for text in pages.values()), f"no page has the table {name}"
