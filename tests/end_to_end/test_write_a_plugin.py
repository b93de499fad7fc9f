"""The page that tells how to write a plugin is followed to the letter: every block, in order."""

import os
import re
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "write-a-plugin.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"# ([\w/.-]+\.\w+)\n")

TOOLS = {"genaug": "-c 'import sys; from genaug.cli import main; sys.exit(main())'"} | {
    tool: f"-m {tool}" for tool in ("pip", "pytest")
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of an environment on top of the running one, where nothing is downloaded."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    running = sysconfig.get_path("purelib")
    (site / "running.pth").write_text(f"import site; site.addsitedir({running!r})\n", encoding="utf-8")
    for tool, how in TOOLS.items():
        script = folder / "bin" / tool
        script.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" {how} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    cleared = ("PYTHON", "GENAUG", "PIP")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(cleared)}
    return kept | {
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # as pip reads it, 0 switches the isolation off
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def test_the_page_works_from_its_first_block_to_its_last(environment: dict[str, str], tmp_path: Path) -> None:
    blocks = FENCE.findall(PAGE.read_text(encoding="utf-8"))
    assert {kind for kind, _ in blocks} == {"toml", "python", "sh", "text", "yaml"}
    printed, commands = "", 0
    for kind, text in blocks:
        named = PATH.match(text)
        if named:
            path = tmp_path / named[1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text[named.end() :], encoding="utf-8")
        elif kind == "text":
            for line in text.splitlines():
                assert line in printed, f"the page promises {line!r}, but this is printed:\n{printed}"
        else:
            how = ["sh", "-euc", text] if kind == "sh" else ["python", "-W", "error", "-c", text]
            done = subprocess.run(
                how, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
            printed, commands = done.stdout + done.stderr, commands + 1
    assert commands == 4


def test_every_block_is_a_file_a_command_or_an_answer() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(FENCE.findall(text)) * 2 == text.count("```")
