"""The event log: a line of JSON for each event."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from genaug.data import Figure, Finding, Findings
from genaug.hooks import open_hooks
from genaug_plugins.hooks.event_log import EventLogHook


def lines(folder: Path) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    text = (folder / "events.jsonl").read_text(encoding="utf-8")
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def test_every_event_is_a_line_with_its_time(tmp_path: Path) -> None:
    hooks = open_hooks([EventLogHook()])
    hooks.run_started(folder=tmp_path, config={"seed": 0}, stages=["fit"])
    hooks.stage_started(stage="fit")
    hooks.trained(step=1, total=2, values={"loss": float("nan"), "p": np.float32(0.5)})
    hooks.warned(message="größer")
    hooks.stage_finished(stage="fit", fingerprint="ab", seconds=1.5, reused=False)
    hooks.found(
        findings=Findings(
            validator="fidelity",
            findings=(Finding(name="kid", value=float("inf"), interval=(0.0, 1.0)),),
            figures=(Figure(title="large", chart={"data": []}),),
        )
    )
    hooks.run_finished(record={"folder": tmp_path, "verdict": None})
    told = lines(tmp_path)
    assert [line["event"] for line in told] == [
        "run_started", "stage_started", "trained", "warned", "stage_finished", "found", "run_finished"
    ]  # fmt: skip
    assert all(datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0) for line in told)
    assert told[0]["config"] == {"seed": 0}
    assert told[2]["values"] == {"loss": "NaN", "p": 0.5}
    assert told[3]["message"] == "größer"
    assert told[4] | {"time": ""} == {
        "time": "",
        "event": "stage_finished",
        "stage": "fit",
        "fingerprint": "ab",
        "seconds": 1.5,
        "reused": False,
    }
    assert told[5]["findings"]["findings"][0]["value"] == "Infinity"
    assert "figures" not in told[5]["findings"]
    assert told[6]["record"] == {"folder": str(tmp_path), "verdict": None}


def test_lines_are_on_disk_before_the_run_ends(tmp_path: Path) -> None:
    hooks = open_hooks([EventLogHook()])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    hooks.warned(message="now")
    assert [line["event"] for line in lines(tmp_path)] == ["run_started", "warned"]
    hooks.run_failed(error=KeyboardInterrupt())
    assert lines(tmp_path)[-1]["error"] == "KeyboardInterrupt"


def test_a_run_that_resumes_appends_even_after_half_a_line(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(b'{"event":"run_started"}\n{"event":"trai')
    hooks = open_hooks([EventLogHook()])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    hooks.run_finished(record={})
    kept = (tmp_path / "events.jsonl").read_text().splitlines()
    assert kept[:2] == ['{"event":"run_started"}', '{"event":"trai']
    assert [json.loads(line)["event"] for line in kept[2:]] == ["run_started", "run_finished"]


def test_progress_is_written_once_a_percent(tmp_path: Path) -> None:
    hooks = open_hooks([EventLogHook()])
    hooks.run_started(folder=tmp_path, config={}, stages=[])
    for done in range(1001):
        hooks.progressed(task="gan", done=done, total=1000)
    hooks.progressed(task="empty", done=0, total=0)
    hooks.run_finished(record={})
    done = [line["done"] for line in lines(tmp_path) if line.get("task") == "gan"]
    assert done == list(range(0, 1001, 10))


def test_a_run_that_failed_before_it_began_leaves_nothing(tmp_path: Path) -> None:
    hooks = open_hooks([EventLogHook()])
    hooks.run_failed(error=ValueError("x"))
    assert list(tmp_path.iterdir()) == []


def test_one_hook_can_listen_to_several_runs(tmp_path: Path) -> None:
    hook = EventLogHook()
    for run in range(2):
        (tmp_path / str(run)).mkdir()
        hooks = open_hooks([hook])
        hooks.run_started(folder=tmp_path / str(run), config={}, stages=[])
        hooks.run_finished(record={})
    assert all(len(lines(tmp_path / str(run))) == 2 for run in range(2))
