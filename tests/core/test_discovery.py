"""Entry points are read from dist-info folders on the path, and nothing is imported for that."""

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from genaug.components import discovery
from genaug.components.discovery import Entry, discover, group

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
    assert list(discover().entries) == [
        Entry("selector", "Zeta", "my_module:Zeta", "my-plugin", "1.2"),
        Entry("selector", "alpha", "my_module:Alpha", "my-plugin", "1.2", ("clip", "hub")),
        Entry("strategy", "all", "my_module.deep:All", "my-plugin", "1.2"),
    ]


def test_nothing_is_imported(install: Install, tmp_path: Path) -> None:
    (tmp_path / "module_that_must_not_run.py").write_text("raise SystemExit('imported')\n")
    install("my-plugin", "[genaug.selectors]\na = module_that_must_not_run:A\n")
    assert [entry.full_name for entry in discover().entries] == ["my-plugin:a"]
    assert "module_that_must_not_run" not in sys.modules


def test_what_is_installed_meanwhile_is_seen(install: Install) -> None:
    install("one", "[genaug.selectors]\na = m:A\n")
    assert len(discover().entries) == 1
    install("two", "[genaug.selectors]\nb = m:B\n")
    assert len(discover().entries) == 2


def test_a_distribution_earlier_on_the_path_hides_the_same_one_later(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path / "first"), str(tmp_path / "second")])
    install("my-plugin", "[genaug.selectors]\na = m:A\n", "2.0", tmp_path / "first")
    install("my-plugin", "[genaug.selectors]\na = m:A\nb = m:B\n", "1.0", tmp_path / "second")
    assert [(entry.name, entry.version) for entry in discover().entries] == [("a", "2.0")]


def test_a_source_tree_without_a_version_is_read(install: Install, tmp_path: Path) -> None:
    info = tmp_path / "my_plugin.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: my_plugin\n")
    (info / "entry_points.txt").write_text("[genaug.selectors]\na = m:A\n")
    assert list(discover().entries) == [Entry("selector", "a", "m:A", "my-plugin", "unknown")]


def test_missing_metadata_may_raise_key_errors() -> None:
    # So they do once a package has imported the backport importlib_metadata, which then reads for all.
    strict = cast(importlib.metadata.Distribution, SimpleNamespace(metadata={"Name": "my_plugin"}))
    assert discovery._identified(strict) == ("my-plugin", "unknown")


@pytest.mark.parametrize("target", ["not a target!", "m:A [", "100%s"])
def test_a_malformed_entry_point_is_listed_as_it_stands(install: Install, target: str) -> None:
    install("my-plugin", f"[genaug.selectors]\na = {target}\nb = m:B\n")
    assert [entry.target for entry in discover().entries] == [target, "m:B"]


@pytest.mark.parametrize("content", [b"this is no such file\n", b"[genaug.selectors]\na = \xff\n"])
def test_an_unreadable_entry_point_file_hides_no_other_plugin(install: Install, content: bytes) -> None:
    info = install("my-plugin", "")
    (info / "entry_points.txt").write_bytes(content)
    install("other", "[genaug.selectors]\nb = m:B\n")
    found = discover()
    assert [entry.full_name for entry in found.entries] == ["other:b"]
    (problem,) = found.problems
    assert (problem.distribution, problem.version, problem.unreadable) == ("my-plugin", "1.0", True)
    assert problem.reason.startswith("its entry points cannot be read: reinstall or remove it")


@pytest.mark.parametrize(
    ("section", "hint"),
    [
        ("genaug.selector", "did you mean 'genaug.selectors'?"),
        ("genaug.strategys", "did you mean 'genaug.strategies'?"),
        ("genaug.nothing-like-it", "the groups are genaug.sources, "),
    ],
)
def test_a_group_that_does_not_exist_is_a_problem(install: Install, section: str, hint: str) -> None:
    install("my-plugin", f"[{section}]\na = m:A\n[genaug.selectors]\nb = m:B\n")
    found = discover()
    assert [entry.name for entry in found.entries] == ["b"]
    (problem,) = found.problems
    assert problem.reason.startswith(f"there is no entry-point group {section!r}: {hint}")
    assert not problem.unreadable


def test_old_names_are_not_listed_as_components(install: Install) -> None:
    install("my-plugin", "[genaug.selectors]\nnew = m:A\n[genaug.renamed]\nselectors.old = m:A\n")
    found = discover()
    assert [entry.name for entry in found.entries] == ["new"]
    assert [(entry.name, entry.target) for entry in found.renamed] == [("selectors.old", "m:A")]
