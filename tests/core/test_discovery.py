"""Entry points are read from dist-info folders on the path, and nothing is imported for that."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genaug.components import discovery
from genaug.components.discovery import Entry, group
from genaug.components.kinds import KINDS
from genaug.errors import BrokenPlugin

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a hand-written distribution on a path that holds nothing else."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    def write(name: str, entry_points: str, version: str = "1.0", folder: Path = tmp_path) -> Path:
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entry_points)
        return info

    return write


def test_groups_are_plural() -> None:
    assert [group(kind) for kind in ("selector", "strategy", "hook")] == [
        "genaug.selectors",
        "genaug.strategies",
        "genaug.hooks",
    ]


def test_entries_are_read_sorted_with_their_distribution(install: Install) -> None:
    install(
        "my-plugin",
        "[genaug.selectors]\nZeta = my_module:Zeta\nalpha = my_module:Alpha [clip, hub]\n"
        "[genaug.strategies]\nall = my_module.deep:All\n"
        "[console_scripts]\ncommand = my_module:main\n",
        "1.2",
    )
    assert discovery.installed(KINDS) == [
        Entry("selector", "Zeta", "my_module:Zeta", "my-plugin", "1.2"),
        Entry("selector", "alpha", "my_module:Alpha", "my-plugin", "1.2", ("clip", "hub")),
        Entry("strategy", "all", "my_module.deep:All", "my-plugin", "1.2"),
    ]


def test_only_the_kinds_asked_for_are_read(install: Install) -> None:
    install("my-plugin", "[genaug.selectors]\na = m:A\n[genaug.tasks]\nb = m:B\n")
    assert [entry.name for entry in discovery.installed(["task"])] == ["b"]


def test_nothing_is_imported(install: Install, tmp_path: Path) -> None:
    (tmp_path / "module_that_must_not_run.py").write_text("raise SystemExit('imported')\n")
    install("my-plugin", "[genaug.selectors]\na = module_that_must_not_run:A\n")
    assert [entry.full_name for entry in discovery.installed(KINDS)] == ["my-plugin:a"]
    assert "module_that_must_not_run" not in sys.modules


def test_what_is_installed_meanwhile_is_seen(install: Install) -> None:
    install("one", "[genaug.selectors]\na = m:A\n")
    assert len(discovery.installed(KINDS)) == 1
    install("two", "[genaug.selectors]\nb = m:B\n")
    assert len(discovery.installed(KINDS)) == 2


def test_a_distribution_earlier_on_the_path_hides_the_same_one_later(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])
    install("my-plugin", "[genaug.selectors]\na = m:A\n", "2.0", tmp_path / "first")
    install("my-plugin", "[genaug.selectors]\na = m:A\nb = m:B\n", "1.0", tmp_path / "second")
    assert [(entry.name, entry.version) for entry in discovery.installed(KINDS)] == [("a", "2.0")]


def test_a_source_tree_without_a_version_is_read(install: Install, tmp_path: Path) -> None:
    info = tmp_path / "my_plugin.egg-info"
    info.mkdir()
    (info / "entry_points.txt").write_text("[genaug.selectors]\na = m:A\n")
    assert discovery.installed(KINDS) == [Entry("selector", "a", "m:A", "my-plugin", "unknown")]


@pytest.mark.parametrize("target", ["not a target!", "m:A [", "100%s"])
def test_a_malformed_entry_point_is_listed_as_it_stands(install: Install, target: str) -> None:
    install("my-plugin", f"[genaug.selectors]\na = {target}\nb = m:B\n")
    assert [entry.target for entry in discovery.installed(KINDS)] == [target, "m:B"]


def test_an_unreadable_entry_point_file_is_named(install: Install) -> None:
    info = install("my-plugin", "this is no such file\n")
    with pytest.raises(BrokenPlugin, match="reinstall or remove") as caught:
        discovery.installed(KINDS)
    assert str(info / "entry_points.txt") in str(caught.value)
