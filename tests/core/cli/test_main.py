"""The command itself: help, version, wrong use."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import genaug
from genaug.cli import app


def invoke(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


def test_the_version_is_told() -> None:
    assert invoke("--version").stdout == f"genaug {genaug.__version__}\n"


def test_the_help_teaches_the_way() -> None:
    text = invoke("--help").stdout
    for line in ("genaug init photos", "genaug check photos.yaml", "genaug run photos.yaml", "Exit codes"):
        assert line in text


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    for inner, found in getattr(command, "commands", {}).items():
        yield from commands(found, f"{name} {inner}")


ALL = dict(commands(typer.main.get_command(app), "genaug"))


def test_these_are_the_commands() -> None:
    assert set(ALL) == {
        "genaug",
        *(
            f"genaug {name}"
            for name in (
                "run",
                "judge",
                "report",
                "sample",
                "export",
                "compare",
                "check",
                "init",
                "bench",
                "compare-selectors",
                "bake-off",
                "schema",
                "plugins",
            )
        ),
        *(f"genaug plugins {name}" for name in ("list", "info", "doctor", "new", "check")),
    }


@pytest.mark.parametrize("name", ALL)
def test_every_command_argument_and_option_is_explained(name: str) -> None:
    if ALL[name].hidden:  # an old name, which works for one release
        return
    assert ALL[name].help
    for parameter in ALL[name].params:
        assert parameter.help, parameter.name


def test_wrong_use_has_code_2() -> None:
    assert "No such command 'rum'" in invoke("rum", code=2).stderr
    assert "Missing argument" in invoke("run", code=2).stderr


def test_the_installed_command_is_this_one() -> None:
    code = "import sys; from genaug.cli import main; sys.argv = ['genaug', 'run', 'none.yaml']; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: none.yaml: there is no such file")
