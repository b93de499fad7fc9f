"""Hooks are called, are named when they raise, and can be switched off."""

import inspect
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest

from genaug.errors import PluginFailed, TrainingDiverged
from genaug.hooks import Hook, HookSpecs, hookimpl, open_hooks

HEARD: list[tuple[str, Any]] = []


class Listener:
    @hookimpl
    def warned(self, message: str) -> None:
        HEARD.append(("warned", message))

    @hookimpl
    def progressed(self, done: int) -> None:  # fewer arguments than the specification has
        HEARD.append(("progressed", done))

    def stage_started(self, stage: str) -> None:
        raise AssertionError("this is not marked, so nobody may call it")


class ListeningHook(Hook):
    name: ClassVar[str] = "listening"

    def subscribe(self) -> object:
        return Listener()


class RaisingHook(Hook):
    name: ClassVar[str] = "raising"

    def subscribe(self) -> object:
        class Raising:
            @hookimpl
            def warned(self, message: str) -> None:
                raise TrainingDiverged(message) if message == "ours" else ZeroDivisionError(message)

        return Raising()


def hook(methods: dict[str, Any]) -> Hook:
    class OddHook(Hook):
        name: ClassVar[str] = "odd"

        def subscribe(self) -> object:
            return type("Odd", (), {name: hookimpl(method) for name, method in methods.items()})()

    return OddHook()


@pytest.fixture(autouse=True)
def _nothing_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENAUG_DISABLE_HOOKS", raising=False)
    HEARD.clear()


def test_hooks_are_called_for_their_events() -> None:
    caller = open_hooks([ListeningHook()])
    caller.warned(message="hot")
    caller.progressed(task="fit", done=1, total=2)
    caller.stage_started(stage="fit")
    assert HEARD == [("warned", "hot"), ("progressed", 1)]


def test_the_same_hook_may_be_there_twice_and_runs_share_nothing() -> None:
    twice, none = open_hooks([ListeningHook(), ListeningHook()]), open_hooks([])
    none.warned(message="unheard")
    assert HEARD == []
    twice.warned(message="hot")
    assert HEARD == [("warned", "hot")] * 2


def test_a_hook_that_raises_is_named() -> None:
    caller = open_hooks([ListeningHook(), RaisingHook()])
    with pytest.raises(PluginFailed) as caught:
        caller.warned(message="zero")
    assert str(caught.value) == (
        "hook 'raising' raised in warned: ZeroDivisionError: zero; "
        "remove it from `hooks`, or set GENAUG_DISABLE_HOOKS=raising"
    )
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_error_of_genaugs_own_is_passed_on() -> None:
    with pytest.raises(TrainingDiverged, match="ours"):
        open_hooks([RaisingHook()]).warned(message="ours")


def test_a_hook_that_cannot_subscribe_is_named() -> None:
    class ShutHook(Hook):
        name: ClassVar[str] = "shut"

        def subscribe(self) -> object:
            raise OSError("no such disk")

    with pytest.raises(PluginFailed, match=r"hook 'shut' raised in subscribe: OSError: no such disk"):
        open_hooks([ShutHook()])


@pytest.mark.parametrize(
    ("methods", "reason"),
    [
        ({"step_begun": lambda self, step: None}, "step_begun"),
        ({"warned": lambda self, message, colour: None}, "colour"),
    ],
)
def test_an_unknown_event_is_an_error(methods: dict[str, Any], reason: str) -> None:
    with pytest.raises(
        PluginFailed, match="hook 'odd' implements an event that genaug does not have"
    ) as caught:
        open_hooks([hook(methods)])
    assert reason in str(caught.value)


@pytest.mark.parametrize("value", ["raising", "other, raising", "all"])
def test_hooks_can_be_switched_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GENAUG_DISABLE_HOOKS", value)
    open_hooks([ListeningHook(), RaisingHook()]).warned(message="hot")
    assert ([] if value == "all" else [("warned", "hot")]) == HEARD


def test_every_event_is_described() -> None:
    moments = {name: spec for name, spec in vars(HookSpecs).items() if not name.startswith("_")}
    assert {"run_started", "stage_finished", "trained", "run_finished", "run_failed"} <= set(moments)
    for name, spec in moments.items():
        assert (spec.__doc__ or "").startswith("Called"), name
        annotated = {key for key in inspect.signature(spec).parameters if key != "self"}
        assert annotated <= set(spec.__annotations__), name
        assert all(re.fullmatch("[a-z_]+", key) for key in annotated)


def test_arguments_reach_a_hook_unchanged(tmp_path: Path) -> None:
    got: dict[str, Any] = {}
    caller = open_hooks([hook({"run_started": lambda self, folder, config, stages: got.update(locals())})])
    config = {"seed": 0}
    caller.run_started(folder=tmp_path, config=config, stages=["audit"])
    assert got["folder"] == tmp_path
    assert got["config"] is config
    assert got["stages"] == ["audit"]


def test_hooks_of_the_release_before_get_stages_as_steps(tmp_path: Path) -> None:
    heard: list[Any] = []
    old = {
        "run_started": lambda self, steps: heard.append(steps),
        "step_started": lambda self, step: heard.append(step),
        "step_finished": lambda self, reused, step: heard.append((step, reused)),
    }
    with pytest.warns(FutureWarning) as warned:
        caller = open_hooks([hook(old)])
    assert "step_started (hook 'odd') is now called 'stage_started'" in " ".join(
        str(one.message) for one in warned
    )
    caller.run_started(folder=tmp_path, config={}, stages=["fit"])
    caller.stage_started(stage="fit")
    caller.stage_finished(stage="fit", fingerprint="0", seconds=0.1, reused=True)
    assert heard == [["fit"], "fit", ("fit", True)]


def test_hooks_of_the_release_before_get_a_moment() -> None:
    heard: list[Any] = []
    with pytest.warns(FutureWarning, match="'moment'"):
        caller = open_hooks([hook({"inspected": lambda self, moment: heard.append(moment)})])
    caller.inspected(snapshot="now")
    assert heard == ["now"]
