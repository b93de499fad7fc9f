"""The tutorials run from their first cell to their last, without network, and show what came of it."""

import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))
RECORDER = runpy.run_path(str(ROOT / "docs" / "record_tutorials.py"))


def outputs(notebook: Any) -> str:
    return json.dumps([cell.get("outputs", []) for cell in notebook["cells"]])


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_to_its_end(path: Path, tmp_path: Path) -> None:
    # In a process of its own: the client leaves sockets to the garbage collector.
    command = [sys.executable, "docs/record_tutorials.py", path.stem, "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = outputs(json.loads((tmp_path / path.name).read_text(encoding="utf-8")))
    assert "Best here:" in text.replace("\\n", " ")
    assert "Traceback" not in text


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_outputs_were_recorded_from_the_cells_as_they_are(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["genaug"]["recorded"] == RECORDER["digest"](notebook), "run: make tutorials"
    assert "Best here:" in outputs(notebook).replace("\\n", " ")


def test_every_tutorial_is_on_the_site_and_in_the_readme() -> None:
    for where, form in (("mkdocs.yml", "tutorials/{}.md"), ("README.md", "docs/tutorials/{}.ipynb")):
        text = (ROOT / where).read_text(encoding="utf-8")
        for path in TUTORIALS:
            assert form.format(path.stem) in text, f"{where} does not name {path.name}"
