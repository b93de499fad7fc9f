"""The built-ins can be imported from one place, and nothing is loaded before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import genaug_plugins
from genaug import Registry
from genaug.components.kinds import KINDS


def test_every_built_in_is_in_the_package() -> None:
    registry = Registry.installed()
    installed = {
        entry.target for kind in KINDS for entry in registry.entries(kind) if entry.distribution == "genaug"
    }
    listed = {f"genaug_plugins.{module}:{name}" for name, module in genaug_plugins._MODULES.items()}
    assert listed == installed, "add a new component to genaug_plugins/__init__.py, twice"
    assert genaug_plugins.__all__ == sorted(target.partition(":")[2] for target in installed)


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(genaug_plugins.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.asname: str(node.module).removeprefix("genaug_plugins.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("genaug_plugins.")
        for alias in node.names
    }
    assert imported == genaug_plugins._MODULES


@pytest.mark.parametrize("name", ["GanGenerator", "TopKSelector", "ImageFolderExporter"])
def test_a_name_is_the_component(name: str) -> None:
    component = getattr(genaug_plugins, name)
    assert Registry.installed().get(component.kind, component.name) is component


def test_an_unknown_name_is_an_error_with_the_names_there_are() -> None:
    with pytest.raises(AttributeError, match=r"genaug_plugins has no 'GanGenerater'; .*GanGenerator"):
        genaug_plugins.GanGenerater  # noqa: B018


def test_the_package_loads_no_component() -> None:
    code = "import sys, genaug_plugins; print([m for m in sys.modules if m.startswith('genaug_plugins.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
