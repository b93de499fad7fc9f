"""The progress hook, on a terminal and off it."""

import io
import sys
from pathlib import Path

import pytest

from genaug.data import Findings
from genaug.hooks import open_hooks
from genaug_plugins.hooks import progress
from genaug_plugins.hooks.progress import ProgressHook, duration


class Screen(io.StringIO):
    """A terminal that remembers what was written to it."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that the test sets."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def test_off_a_terminal_stages_are_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    hooks = open_hooks([ProgressHook()])
    hooks.run_started(folder=Path("runs/a"), config={}, stages=["split", "fit"])
    hooks.stage_finished(stage="split", fingerprint="0", seconds=0.1, reused=True)
    hooks.stage_started(stage="fit")
    hooks.stage_finished(stage="fit", fingerprint="0", seconds=41.2, reused=False)
    hooks.warned(message="few samples")
    hooks.found(findings=Findings(validator="fidelity", warnings=("n is small",)))
    hooks.run_finished(record={})
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"run in {Path('runs/a')}: 2 stages",
        "split: reused",
        "fit …",
        "fit: 41 s",
        "warning: few samples",
        "warning: fidelity: n is small",
    ]


def test_remarks_are_plain_lines_and_a_warning_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    hooks = open_hooks([ProgressHook()])
    for stage in ("audit", "split"):
        hooks.warned(message="few samples")
        hooks.stage_finished(stage=stage, fingerprint="0", seconds=0.1, reused=True)
    hooks.found(findings=Findings(validator="leakage", remarks=("3 copies by chance",), cautions=("noise",)))
    hooks.run_finished(record={})
    # Cautions are printed beside the verdict.
    assert capsys.readouterr().err.splitlines() == [
        "warning: few samples",
        "audit: reused",
        "split: reused",
        "leakage: 3 copies by chance",
    ]


def test_off_a_terminal_a_task_tells_each_tenth_with_an_estimate(
    capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    hooks = open_hooks([ProgressHook()])
    for done in range(201):
        hooks.progressed(task="gan", done=done, total=200)
        clock.now += 0.5
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  gan: 20/200 after 10 s, about 1 min 30 s left"
    assert len(lines) == 9


def test_off_a_terminal_a_fast_task_is_silent_and_a_slow_one_is_not(
    capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    hooks = open_hooks([ProgressHook(every_seconds=3)])
    for done in range(1001):
        hooks.progressed(task="fast", done=done, total=1000)
        clock.now += 0.0001
    assert capsys.readouterr().err == ""
    for done in range(8):
        hooks.progressed(task="slow", done=done, total=1000)
        clock.now += 1
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_resumed_task_is_estimated_from_what_this_process_did(
    capsys: pytest.CaptureFixture[str], clock: Clock
) -> None:
    hooks = open_hooks([ProgressHook()])
    hooks.progressed(task="gan", done=900, total=1000)
    clock.now = 20
    hooks.progressed(task="gan", done=950, total=1000)
    assert capsys.readouterr().err == "  gan: 950/1000 after 20 s, about 20 s left\n"


def test_a_terminal_gets_bars_that_are_closed_when_the_run_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    hooks = open_hooks([ProgressHook()])
    hooks.progressed(task="gan [a]", done=3, total=200)
    hooks.progressed(task="gan [a]", done=150, total=200)
    hooks.warned(message="few [samples]")
    hooks.run_failed(error=KeyboardInterrupt())
    shown = screen.getvalue()
    assert "  3/200" in shown
    assert "gan [a]" in shown
    assert "warning: few [samples]" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is hidden, and shown again
    assert sys.stderr is screen
    assert capsys.readouterr().out == ""


def test_a_terminal_forgets_a_bar_that_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    hooks = open_hooks([ProgressHook()])
    for _ in range(2):
        for done in range(4):
            hooks.progressed(task="features", done=done, total=3)
        assert sys.stderr is screen
    hooks.progressed(task="nothing", done=0, total=0)
    hooks.run_finished(record={})
    assert screen.getvalue().count("\x1b[?25h") == 2


def test_quiet_shows_warnings_only(capsys: pytest.CaptureFixture[str], clock: Clock) -> None:
    hooks = open_hooks([ProgressHook(quiet=True)])
    hooks.stage_started(stage="fit")
    hooks.progressed(task="gan", done=0, total=2)
    clock.now = 60
    hooks.progressed(task="gan", done=1, total=2)
    hooks.warned(message="few samples")
    hooks.run_failed(error=KeyboardInterrupt())
    assert capsys.readouterr().err == "warning: few samples\n"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (41.2, "41 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (12000, "3 h 20 min"),
    ],
)
def test_durations_are_said_as_people_do(seconds: float, words: str) -> None:
    assert duration(seconds) == words
