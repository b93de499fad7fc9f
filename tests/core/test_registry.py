"""Which class a name means, and an error of its own for everything that can be wrong with it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genaug.components.discovery import Entry
from genaug.components.registry import Registry
from genaug.errors import (
    AmbiguousPlugin,
    BrokenPlugin,
    MissingRequirement,
    PluginError,
    PluginWarning,
    UnknownPlugin,
    WrongContract,
)

Install = Callable[..., None]

SELECTOR = """
from typing import ClassVar
from genaug import Selector

class Mine(Selector):
    name: ClassVar[str] = "mine"
    def select(self, candidates, train, context): ...
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a hand-written distribution with one module on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def write(
        name: str = "mine-plugin",
        code: str = SELECTOR,
        entry: str = "mine = {module}:Mine",
        metadata: str = "",
        kind: str = "selectors",
    ) -> None:
        module = f"{name.replace('-', '_')}_module"
        (tmp_path / f"{module}.py").write_text(code)
        info = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}")
        (info / "entry_points.txt").write_text(f"[genaug.{kind}]\n{entry.format(module=module)}\n")

    yield write
    for module in set(sys.modules) - before:
        if module.endswith("_plugin_module"):
            del sys.modules[module]


def refused(error: type[PluginError], kind: str = "selector", name: str = "mine") -> str:
    with pytest.raises(error) as caught:
        Registry.installed().get(kind, name)
    assert type(caught.value) is error
    return str(caught.value)


def test_a_plugin_is_found_and_imported_once(install: Install) -> None:
    install()
    registry = Registry.installed()
    entry = registry.find("selector", "mine")
    assert (entry.distribution, entry.version) == ("mine-plugin", "1.0")
    found = registry.get("selector", "mine")
    assert found.name == "mine"
    assert registry.get("selector", "mine-plugin:mine") is found
    assert registry.origin(found) == entry


def test_a_class_that_python_code_imported_has_its_origin_too(install: Install) -> None:
    install()
    found = Registry.installed().get("selector", "mine")
    origin = Registry.installed().origin(found)
    assert origin is not None
    assert origin.full_name == "mine-plugin:mine"
    assert Registry([]).origin(found) is None


def test_a_class_that_its_package_re_exports_has_its_origin(install: Install) -> None:
    install("deep-plugin", SELECTOR.replace("mine", "deep"), "deep = {module}:Mine")
    install("mine-plugin", "from deep_plugin_module import Mine", "deep = {module}:Mine", kind="selectors")
    registry = Registry.installed()
    entry = registry.find("selector", "mine-plugin:deep")
    assert registry.origin(registry.get("selector", entry.full_name)) == entry


def test_an_unknown_name_offers_the_nearest_and_all() -> None:
    entries = [Entry("selector", name, "m:X", "d", "1") for name in ("top-k", "cluster", "random")]
    registry = Registry([*entries, Entry("task", "topic", "m:X", "d", "1")])
    with pytest.raises(UnknownPlugin) as caught:
        registry.get("selector", "topk")
    assert str(caught.value) == (
        "there is no selector 'topk'. Did you mean 'top-k'? Installed: cluster, random, top-k"
    )
    with pytest.raises(UnknownPlugin, match=r"there is no hook 'x'\. Installed: none"):
        registry.get("hook", "x")
    with pytest.raises(UnknownPlugin, match="Did you mean 'd:top-k'"):
        registry.get("selector", "dd:top-k")


def test_a_name_that_two_claim_must_be_written_in_full(install: Install) -> None:
    install("mine-plugin")
    install("other-plugin")
    assert refused(AmbiguousPlugin) == (
        "the selector 'mine' is claimed by 2 distributions: write 'mine-plugin:mine' or "
        "'other-plugin:mine' to say which"
    )
    registry = Registry.installed()
    assert [registry.name_of(entry) for entry in registry.entries("selector") if entry.name == "mine"] == [
        "mine-plugin:mine",
        "other-plugin:mine",
    ]
    assert registry.get("selector", "other-plugin:mine").__module__ == "other_plugin_module"
    assert registry.get("selector", "mine-plugin:mine").__module__ == "mine_plugin_module"


def test_a_bare_name_means_the_built_in(install: Install) -> None:
    install("colliding-plugin", SELECTOR.replace("mine", "random"), "random = {module}:Mine")
    install("progress-plugin", "raise SystemExit", "progress = {module}:Mine", kind="hooks")
    registry = Registry.installed()
    assert registry.find("selector", "random").distribution == "genaug"
    assert registry.find("hook", "progress").distribution == "genaug"
    assert registry.get("selector", "colliding-plugin:random").__module__ == "colliding_plugin_module"
    shown = [registry.name_of(entry) for entry in registry.entries("selector") if entry.name == "random"]
    assert shown == ["colliding-plugin:random", "random"]


def test_an_old_name_means_what_it_was_renamed_to(install: Install) -> None:
    install(entry="mine = {module}:Mine\n[genaug.renamed]\nselectors.yours = {module}:Mine")
    registry = Registry.installed()
    for old in ("yours", "mine-plugin:yours"):
        assert registry.find("selector", old).name == "mine"
        assert registry.get("selector", old).name == "mine"
    with pytest.raises(UnknownPlugin):
        registry.find("task", "yours")
    assert "yours" not in {entry.name for entry in registry.entries("selector")}


def test_the_registry_of_what_is_installed_is_made_once(install: Install) -> None:
    assert Registry.installed() is Registry.installed()
    install()
    assert Registry.installed().find("selector", "mine").distribution == "mine-plugin"


def test_an_unreadable_distribution_is_passed_over_with_one_warning(install: Install) -> None:
    install(entry="mine {module}:Mine")
    with pytest.warns(PluginWarning, match=r"mine-plugin 1\.0 is passed over: its entry"):
        registry = Registry.installed()
    assert registry.find("selector", "random").distribution == "genaug"
    assert Registry.installed() is registry


def test_a_missing_requirement_says_what_to_install(install: Install) -> None:
    install(metadata="Requires-Dist: no-such-distribution>=2\n", code="raise SystemExit('imported')")
    assert refused(MissingRequirement) == (
        "the selector 'mine' needs no-such-distribution, which is not installed: pip install 'mine-plugin'"
    )


def test_a_missing_extra_is_named(install: Install) -> None:
    install(
        entry="mine = {module}:Mine [clip]",
        metadata="Provides-Extra: clip\nProvides-Extra: other\n"
        'Requires-Dist: no-such-distribution; extra == "clip"\nRequires-Dist: nor-this; extra == "other"\n',
    )
    assert refused(MissingRequirement).endswith("pip install 'mine-plugin[clip]'")


def test_requirements_of_other_extras_and_machines_do_not_matter(install: Install) -> None:
    install(
        metadata="Provides-Extra: other\n"
        'Requires-Dist: nor-this; extra == "other"\nRequires-Dist: nor-that; sys_platform == "none"\n'
        "Requires-Dist: pydantic>=2\n"
    )
    assert Registry.installed().get("selector", "mine").name == "mine"


def test_a_requirement_that_is_too_old_is_told_with_both_versions(install: Install) -> None:
    install(metadata="Requires-Dist: pydantic>=9999\n")
    message = refused(MissingRequirement)
    assert "needs pydantic>=9999, but 2." in message
    assert message.endswith("pip install --upgrade 'mine-plugin'")


def test_a_requirement_nobody_can_read_is_the_plugins_fault(install: Install) -> None:
    install(metadata="Requires-Dist: what >> is this\n")
    assert "a requirement that cannot be parsed: 'what >> is this'" in refused(BrokenPlugin)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
        ("Other = 1", "has no attribute 'Mine'"),
    ],
)
def test_what_cannot_be_imported_says_why(install: Install, code: str, reason: str) -> None:
    install(code=code)
    message = refused(BrokenPlugin)
    assert message.startswith("the selector 'mine' of mine-plugin 1.0 cannot be imported from")
    assert reason in message


@pytest.mark.parametrize("target", ["nonsense!", "{module}", "{module}:"])
def test_a_malformed_entry_point_is_broken(install: Install, target: str) -> None:
    install(entry=f"mine = {target}")
    assert "expected module:Class" in refused(BrokenPlugin)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("class Mine: ...", "must be a class derived from genaug.Selector"),
        ("Mine = 3", "must be a class derived from genaug.Selector"),
        (SELECTOR.replace("Selector", "Task"), "must be a class derived from genaug.Selector"),
        (SELECTOR.replace("def select", "def choose"), "lacks what its contract demands: select"),
        (
            SELECTOR.replace('"mine"', '"yours"'),
            "calls itself 'yours': `name` must be its entry point's name",
        ),
        (SELECTOR.replace("    name:", "    other:"), "calls itself None"),
        (
            SELECTOR + "    contract: ClassVar[int] = 7\n",
            "is written for version 7 of the selector contract; this genaug has version 1",
        ),
    ],
)
def test_what_does_not_fulfil_its_contract_is_refused(install: Install, code: str, reason: str) -> None:
    install(code=code)
    assert reason in refused(WrongContract)


def test_a_broken_plugin_does_not_stop_another(install: Install) -> None:
    install("broken-plugin", "1 / 0", entry="broken = {module}:Mine")
    install("mine-plugin")
    registry = Registry.installed()
    assert registry.get("selector", "mine").name == "mine"
    with pytest.raises(BrokenPlugin):
        registry.get("selector", "broken")
    with pytest.raises(BrokenPlugin):  # and it stays broken when it is asked for again
        registry.get("selector", "broken")
