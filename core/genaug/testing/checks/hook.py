"""What a hook must do."""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from genaug.errors import PluginFailed
from genaug.execution.record import RunRecord
from genaug.hooks import DISABLED, PROJECT, Hook, open_hooks
from genaug.testing.dependencies import foundation
from genaug.testing.material import Material
from genaug.testing.watch import digest, no_error, no_global_randomness
from genaug.training.snapshot import SampleNow, TrainingSnapshot

_unless_it_fails = contextlib.suppress(PluginFailed)  # the checks of whole runs report that


@foundation
def subscribes_afresh(hook: Hook, material: Material) -> None:
    """Return a new object from each `subscribe`, so that two runs share nothing."""
    with no_error("when it subscribes"):
        first, second = hook.subscribe(), hook.subscribe()
    assert first is not second, "two runs would share one object"


@foundation
def implements_a_hook(hook: Hook, material: Material) -> None:
    """Have at least one method marked with ``@hookimpl``, and none that genaug does not call."""
    subscriber = hook.subscribe()
    marked = [name for name in dir(subscriber) if hasattr(getattr(subscriber, name), f"{PROJECT}_impl")]
    assert marked, "no method is marked with @hookimpl"
    with no_error("when it is registered"):
        open_hooks([hook])


def handles_a_finished_run(hook: Hook, material: Material) -> None:
    """Handle every call of a run that succeeds."""
    with no_error("in a run that ends well"), _opened(hook) as (call, folder):
        _call_until_the_end(call, folder, material)
        call.run_finished(record=_record())


def handles_a_failed_run(hook: Hook, material: Material) -> None:
    """Handle a run that fails, after some stages and before the first one."""
    with no_error("in a run that fails"), _opened(hook) as (call, folder):
        _call_until_the_end(call, folder, material)
        call.run_failed(error=RuntimeError("a failure"))
    with no_error("in a run that fails before it starts"), _opened(hook) as (call, _):
        call.run_failed(error=RuntimeError("a failure"))


def is_silent_on_stdout(hook: Hook, material: Material) -> None:
    """Print nothing to the standard output, which is for the results of commands."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), _unless_it_fails, _opened(hook) as (call, folder):
        _call_until_the_end(call, folder, material)
        call.run_finished(record=_record())
    assert not printed.getvalue(), f"it printed {printed.getvalue()[:80]!r}"


def leaves_its_arguments_alone(hook: Hook, material: Material) -> None:
    """Change none of its arguments: hooks only observe."""
    given: dict[str, Any] = {"config": {"seed": 0}, "stages": ["source", "fit"]}
    values, record = {"loss": 0.5}, {"stages": ["source"]}
    before = digest([given, values, record])
    with _unless_it_fails, _opened(hook) as (call, folder):
        call.run_started(folder=folder, **given)
        call.trained(step=1, total=2, values=values)
        call.run_finished(record=record)
    assert digest([given, values, record]) == before, "it changed an argument"


def leaves_global_randomness_alone(hook: Hook, material: Material) -> None:
    """Neither use nor seed a global random generator: a hook must not change the results."""
    with no_global_randomness("the hook"), _unless_it_fails, _opened(hook) as (call, folder):
        _call_until_the_end(call, folder, material)
        call.run_failed(error=RuntimeError("a failure"))


def _record() -> dict[str, Any]:
    return RunRecord(status="finished", manifest="0" * 64, config={"seed": 0}, versions={}).model_dump(
        mode="json"
    )


@contextlib.contextmanager
def _opened(hook: Hook) -> Iterator[tuple[Any, Path]]:
    """Yield the caller of this hook alone, and a folder for the run."""
    disabled = os.environ.pop(DISABLED, None)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield open_hooks([hook]), Path(folder)
    finally:
        if disabled is not None:
            os.environ[DISABLED] = disabled


def _samples_of(material: Material) -> SampleNow:
    """Return what a generator of any kind would sample that has memorized the training samples."""
    samples = material.train().samples

    def sample(label: int, count: int, seed: int) -> Any:
        own = samples.values[samples.labels == label]
        return own[np.random.default_rng(seed).integers(len(own), size=count)]

    return sample


def _call_until_the_end(call: Any, folder: Path, material: Material) -> None:
    """Make all calls of a run but the last one."""
    call.run_started(folder=folder, config={"seed": 0}, stages=["source", "fit", "generate", "validate"])
    call.stage_finished(stage="source", fingerprint="0" * 64, seconds=0.1, reused=True)
    call.stage_started(stage="fit")
    for step in range(3):
        call.progressed(task="fit", done=step, total=3)
        call.trained(step=step, total=3, values={"loss": 1.0 / (step + 1)})
        call.inspected(snapshot=TrainingSnapshot(step, 3, material.spec, _samples_of(material)))
    call.progressed(task="fit", done=3, total=3)
    call.stage_finished(stage="fit", fingerprint="1" * 64, seconds=0.2, reused=False)
    call.progressed(task="generate", done=0, total=0)
    call.warned(message="few samples [bold]in[/] class 'disc'")
    call.noted(message="model: this one, the best by cross-validation")
    for findings in material.run().findings:
        call.found(findings=findings)
