"""A full disk and its like: one line that says what to do, at any stage, and a run that resumes."""

import errno
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from typer.testing import CliRunner

from genaug import Pipeline
from genaug.cli import app
from genaug.components.blame import blaming
from genaug.components.machine_faults import machine_fault
from genaug.errors import PluginFailed, StoreError
from genaug.hooks import Hook, hookimpl

STAGES = ("audit", "split", "fit", "generate", "select.random", "validate.fidelity", "export.hugging-face")


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Limit the size of files, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class FillingHook(Hook):
    name: ClassVar[str] = "filling"

    stage: str

    def subscribe(self) -> object:
        return _Filling(self.stage)


class _Filling:
    def __init__(self, stage: str) -> None:
        self._stage = stage

    @hookimpl
    def stage_started(self, stage: str) -> None:
        if stage == self._stage:
            hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
            resource.setrlimit(resource.RLIMIT_FSIZE, (64, hard))


@pytest.mark.parametrize("stage", STAGES)
def test_no_room_at_any_stage_is_one_line_and_the_run_resumes(
    stage: str, config: dict[str, Any], tmp_path: Path
) -> None:
    whole = config | {
        "selectors": [{"use": "random", "share": 0.5}],
        "validators": [{"use": "fidelity"}],
        "exporters": [{"use": "hugging-face"}],
    }
    with limited(resource.RLIM_INFINITY), pytest.raises(StoreError, match="start again; what is finished"):
        Pipeline(**(whole | {"hooks": [FillingHook(stage=stage)]})).run(tmp_path / "run")
    assert not list((tmp_path / "run" / "store").glob(f"{stage.replace('.', '-')}-????????????????"))
    record = Pipeline(**whole).run(tmp_path / "run").record
    assert [one.name for one in record.stages if one.reused] == list(STAGES[: STAGES.index(stage)])


def test_the_command_ends_with_code_2_and_one_line(config: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(json.dumps(config))
    with limited(64):
        result = CliRunner().invoke(app, ["run", str(path), "--out", str(tmp_path / "run")])
    assert result.exit_code == 2
    assert result.stderr.strip().count("\n") == 0
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EMFILE, "open files"),
    ],
)
def test_a_component_is_not_blamed(number: int, said: str, config: dict[str, Any]) -> None:
    generator, wrapped = Pipeline(**config).generator, RuntimeError("cannot write the weights")
    wrapped.__cause__ = OSError(number, "fault", "somewhere")
    with pytest.raises(StoreError, match=said), blaming(generator):
        raise wrapped


def test_libraries_in_other_languages(tmp_path: Path) -> None:
    with limited(64), pytest.raises(SafetensorError) as raised:
        save_file({"a": torch.zeros(100_000)}, tmp_path / "a.safetensors")
    assert machine_fault(raised.value) is not None
    for text in (
        "database or disk is full",
        "[errno 28] No space left on device",
        "Error while serializing: I/O error: No space left on device (os error 28)",
    ):
        assert "the disk is full" in str(machine_fault(RuntimeError(text)))


def test_other_errors_are_the_components_own(config: dict[str, Any]) -> None:
    with pytest.raises(PluginFailed, match="FileNotFoundError"), blaming(Pipeline(**config).generator):
        raise FileNotFoundError(errno.ENOENT, "no such file", "weights")
