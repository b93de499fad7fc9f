"""What scripts that measure share: turns, processes of their own, a record and its page."""

import json
import sys
from pathlib import Path

import pytest

from genaug.experiments.measuring import Measurements, Script, in_own_process, in_turns, measured, medians
from genaug.experiments.pages import number
from genaug.experiments.record import Machine, stale
from genaug.experiments.results import Estimate


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Return a script in a repository of its own, with a template of its page."""
    file = tmp_path / "docs/benchmarks/step_speed.py"
    file.parent.mkdir(parents=True)
    file.write_text('"""Time a step."""\nprint("working")\nprint(\'{"value": 3}\')\n')
    (tmp_path / "docs/templates").mkdir()
    (tmp_path / "docs/templates/step-speed.md.j2").write_text(
        '{% import "macros.md.j2" as macros %}\n# Speed\n\n{{ macros.made_by(made) }}\n\n'
        "{{ asked.rounds }} rounds: {{ seconds | number(2) }} s on {{ made.machines[0].device }}.\n"
    )
    made = Script(str(file), "Time a step.\n\nIn full.")
    made.options.add_argument("--rounds", type=int, default=3)
    made.options.add_argument("--sizes", type=int, nargs="*", default=[1, 2])
    made.options.add_argument("--quick", action="store_true")
    return made


def test_a_script_writes_its_record_and_the_page_that_the_record_gives(
    script: Script, tmp_path: Path
) -> None:
    asked = script.options.parse_args(["--out", str(tmp_path), "--sizes", "5", "7"])
    script.publish(asked, {"seconds": 0.125}, Machine(device="cpu", threads=1))
    record = json.loads((tmp_path / "step-speed.json").read_text(encoding="utf-8"))
    command = "python docs/benchmarks/step_speed.py --rounds 3 --sizes 5 7 --out docs/benchmarks"
    assert record["made"]["command"] == command
    assert record["asked"] == {"rounds": 3, "sizes": [5, 7], "quick": False}
    page = (tmp_path / "step-speed.md").read_text(encoding="utf-8")
    assert (
        page == f"# Speed\n\nMade by a command, never by hand:\n\n    {command}\n\n3 rounds: 0.12 s on cpu.\n"
    )
    assert Measurements.model_validate(record).page(tmp_path / "docs/templates") == page
    assert stale(record, folder=tmp_path) == ""


def test_a_changed_script_makes_its_record_stale(script: Script, tmp_path: Path) -> None:
    script.publish(script.options.parse_args(["--out", str(tmp_path)]), {"seconds": 1.0}, Machine())
    script.path.write_text('print("another way")\n')
    record = json.loads((tmp_path / "step-speed.json").read_text(encoding="utf-8"))
    assert stale(record, folder=tmp_path)


def test_without_a_folder_the_page_is_printed(script: Script, capsys: pytest.CaptureFixture[str]) -> None:
    script.publish(script.options.parse_args([]), {"seconds": 1.0}, Machine())
    assert capsys.readouterr().out.startswith("# Speed")
    assert not list(script.path.parent.glob("*.json"))


def test_a_process_of_its_own_says_what_it_measured_last(script: Script) -> None:
    assert in_own_process(script.path, "--anything", 1) == {"value": 3}


def test_steps_take_turns_and_the_first_round_does_not_count() -> None:
    calls: list[str] = []
    ticks = iter(range(100))
    seconds = in_turns(
        {name: lambda name=name: calls.append(name) for name in "ab"},  # type: ignore[misc]
        2,
        lambda: float(next(ticks)),
    )
    assert calls == list("ababab")
    assert seconds == {"a": [1.0, 1.0], "b": [1.0, 1.0]}
    assert medians([{"s": 1.0}, {"s": 5.0}, {"s": 2.0}]) == {"s": 2.0}


@pytest.mark.skipif(sys.platform == "win32", reason="memory is measured on POSIX alone")
def test_what_is_measured_has_value_time_and_memory() -> None:
    found = measured(lambda: 7)
    assert found["value"] == 7
    assert found["wall"] >= 0
    assert found["peak"] >= found["held"] > 0


def test_a_page_shows_a_value_that_its_record_writes_as_a_string() -> None:
    estimate = json.loads(Estimate(n=1, mean=float("nan"), interval=None).model_dump_json())
    assert number(estimate["mean"], 3) == "nan"
    assert number(-1234.5, 1, "+") == "−1,234.5"
