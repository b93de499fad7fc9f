"""The benchmark of the loop's speed, on a few rows of its table and in its tiniest size."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

SCRIPT = Path(__file__).parents[3] / "docs/benchmarks/training_speed.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    found = importlib.util.spec_from_file_location("training_speed", SCRIPT)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "training_speed", module)  # dataclasses look their module up
    found.loader.exec_module(module)
    return module


def test_writes_every_row_with_what_it_waits_for(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {*script.PARTED, "r1 + r2", "r1, every 16"}
    whole = script.rows(compiled=False)
    monkeypatch.setattr(script, "rows", lambda compiled: {n: r for n, r in whole.items() if n in asked})
    monkeypatch.setattr(sys, "argv", ["training_speed.py", "--quick", "--out", str(tmp_path)])
    threads = torch.get_num_threads()
    try:
        script.main()
    finally:
        torch.set_num_threads(threads)
    page = (tmp_path / "training-speed.md").read_text(encoding="utf-8")
    table = page.partition("## Ratios")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in table.splitlines() if re.match(r"\| [^-]", line)]
    assert {row[0] for row in cells[1:]} == asked
    assert {row[-1] for row in cells[1:]} == {"0"}, "no step waits"
    assert all(float(row[1]) > 0 for row in cells[1:])


def test_compares_before_it_times(script: ModuleType) -> None:
    setting = script.Setting(8, 16, 8, "cpu")
    bare, other = script.Bare(setting), script.Bare(setting)
    assert script.difference(bare, other) == 0
    other.step()
    assert script.difference(bare, other) > 0
    assert script.shared_gradients() < script.EXACTLY


def test_a_lazy_row_costs_one_step_with_the_penalty_and_the_rest_without(script: ModuleType) -> None:
    assert script.Seconds([[17.0, 1.0, 1.0], [1.0, 3.0, 3.0]]).costs() == [2.0, 46 / 16]
