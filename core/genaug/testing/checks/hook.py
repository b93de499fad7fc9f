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
def listens_to_something(hook: Hook, material: Material) -> None:
    """Have at least one method marked with ``@hookimpl``, and none that genaug does not call."""
    subscriber = hook.subscribe()
    marked = [name for name in dir(subscriber) if hasattr(getattr(subscriber, name), f"{PROJECT}_impl")]
    assert marked, "no method is marked with @hookimpl"
    with no_error("when it is registered"):
        open_hooks([hook])


def hears_a_run_that_ends_well(hook: Hook, material: Material) -> None:
    """Take every call of a run, from its start to its end."""
    with no_error("in a run that ends well"), _opened(hook) as (tell, folder):
        _course(tell, folder, material)
        tell.run_finished(record=_record())


def hears_a_run_that_fails(hook: Hook, material: Material) -> None:
    """Take the call that ends a failed run, in its midst and before anything began."""
    with no_error("in a run that fails"), _opened(hook) as (tell, folder):
        _course(tell, folder, material)
        tell.run_failed(error=RuntimeError("out of luck"))
    with no_error("in a run that fails before it starts"), _opened(hook) as (tell, _):
        tell.run_failed(error=RuntimeError("out of luck"))


def is_silent_on_stdout(hook: Hook, material: Material) -> None:
    """Print nothing to the standard output, which belongs to what a command was asked for."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), _unless_it_fails, _opened(hook) as (tell, folder):
        _course(tell, folder, material)
        tell.run_finished(record=_record())
    assert not printed.getvalue(), f"it printed {printed.getvalue()[:80]!r}"


def leaves_what_it_hears_alone(hook: Hook, material: Material) -> None:
    """Change nothing that it is called with: hooks only observe."""
    given: dict[str, Any] = {"config": {"seed": 0}, "stages": ["source", "fit"]}
    values, record = {"loss": 0.5}, {"stages": ["source"]}
    before = digest([given, values, record])
    with _unless_it_fails, _opened(hook) as (tell, folder):
        tell.run_started(folder=folder, **given)
        tell.trained(step=1, total=2, values=values)
        tell.run_finished(record=record)
    assert digest([given, values, record]) == before, "it changed what it was called with"


def leaves_global_randomness_alone(hook: Hook, material: Material) -> None:
    """Neither use nor seed a global random generator: observing must not change the results."""
    with no_global_randomness("listening"), _unless_it_fails, _opened(hook) as (tell, folder):
        _course(tell, folder, material)
        tell.run_failed(error=RuntimeError("out of luck"))


def _record() -> dict[str, Any]:
    return RunRecord(status="finished", manifest="0" * 64, config={"seed": 0}, versions={}).model_dump(
        mode="json"
    )


@contextlib.contextmanager
def _opened(hook: Hook) -> Iterator[tuple[Any, Path]]:
    """Give the caller of a run with this hook alone, and the run's folder."""
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


def _course(tell: Any, folder: Path, material: Material) -> None:
    """Call everything that is called before a run's end."""
    tell.run_started(folder=folder, config={"seed": 0}, stages=["source", "fit", "generate", "validate"])
    tell.stage_finished(stage="source", fingerprint="0" * 64, seconds=0.1, reused=True)
    tell.stage_started(stage="fit")
    for step in range(3):
        tell.progressed(task="fit", done=step, total=3)
        tell.trained(step=step, total=3, values={"loss": 1.0 / (step + 1)})
        tell.inspected(snapshot=TrainingSnapshot(step, 3, material.spec, _samples_of(material)))
    tell.progressed(task="fit", done=3, total=3)
    tell.stage_finished(stage="fit", fingerprint="1" * 64, seconds=0.2, reused=False)
    tell.progressed(task="generate", done=0, total=0)
    tell.warned(message="few samples [bold]in[/] class 'disc'")
    for findings in material.run().findings:
        tell.found(findings=findings)
