"""`genaug plugins …` and `genaug schema`, on what is installed and on a hand-written distribution."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from genaug.cli import app
from genaug.components.discovery import discover
from genaug.components.kinds import KINDS
from genaug.config import yaml_text

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(entry: str, name: str = "cli-other", metadata: str = "") -> None:
        info = tmp_path / f"{name.replace('-', '_')}-3.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 3.0\n{metadata}")
        (info / "entry_points.txt").write_text(f"[genaug.selectors]\n{entry}\n")

    return write


def genaug(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_the_list_names_everything_installed() -> None:
    lines = [line.split() for line in genaug("plugins", "list").stdout.splitlines()]
    assert lines[0] == ["kind", "name", "distribution", "version"]
    assert lines[1:] == [
        [e.kind, e.name, e.distribution, e.version]
        for kind in KINDS
        for e in discover().entries
        if e.kind == kind
    ]


@pytest.mark.parametrize("kind", ["strategy", "strategies"])
def test_the_list_of_one_kind(kind: str) -> None:
    entries = json.loads(genaug("plugins", "list", "--kind", kind, "--json").stdout)
    assert "class-balance" in {entry["name"] for entry in entries}
    assert {entry["kind"] for entry in entries} == {"strategy"}


def test_an_unknown_kind_offers_the_nearest_and_all() -> None:
    message = genaug("plugins", "list", "--kind", "selektor", code=2).stderr
    assert "there is no kind 'selektor'. Did you mean 'selector'" in message
    assert "Kinds: source, architecture" in message


def test_a_name_that_a_built_in_has_is_listed_in_full(install: Install) -> None:
    install("random = no_such_module:Random")
    names = [line.split()[1] for line in genaug("plugins", "list", "--kind", "selector").stdout.splitlines()]
    assert {"random", "cli-other:random"} <= set(names)
    assert "genaug:random" not in names
    assert genaug("plugins", "info", "random").stdout.startswith("selector random, of genaug ")


def test_a_name_that_two_others_claim_is_listed_in_full(install: Install) -> None:
    install("mine = no_such_module:Random")
    install("mine = no_such_module:Random", name="cli-third")
    names = [line.split()[1] for line in genaug("plugins", "list", "--kind", "selector").stdout.splitlines()]
    assert {"cli-third:mine", "cli-other:mine"} <= set(names)
    assert "'cli-other:mine' or 'cli-third:mine'" in genaug("plugins", "info", "mine", code=2).stderr


def test_info_describes_settings_with_bounds_and_an_example() -> None:
    text = genaug("plugins", "info", "top-k").stdout
    assert text.startswith("selector top-k, of genaug ")
    assert "  k: integer ≥ 1; default 1\n" in text
    assert "  judge: task ({use: NAME, …}); default {use: classification}\n" in text
    example = text.partition("\nExample:\nselectors:\n")[2]
    assert example.startswith("  - use: top-k\n    max_per_class: null\n")
    assert "    judge: {use: classification}\n" in example
    assert example.endswith("    k: 1\n")


@pytest.mark.parametrize(
    ("kind", "name"),
    [(e.kind, e.name) for e in discover().entries if e.distribution == "genaug"],
)
def test_info_of_every_built_in_is_complete_and_its_example_is_yaml(kind: str, name: str) -> None:
    found = json.loads(genaug("plugins", "info", name, "--kind", kind, "--json").stdout)
    assert found["description"]
    for setting in found["settings"]:
        assert setting["description"], setting["name"]
        assert setting["type"], setting["name"]
        assert "any value" not in setting["type"], setting
    example = yaml_text.parse(found["example"], "example")[0]
    if "use" not in example:  # stands under the config's own key
        (example,) = example.values()
    component = example[0] if isinstance(example, list) else example
    assert component["use"] == name
    assert set(component) == {"use", *(setting["name"] for setting in found["settings"])}


def test_info_of_a_name_of_two_kinds_asks_which() -> None:
    message = genaug("plugins", "info", "image-folder", code=2).stderr
    assert "several plugins: exporter, source; add --kind exporter or --kind source" in message
    assert genaug("plugins", "info", "image-folder", "--kind", "source").stdout.startswith(
        "source image-folder"
    )


def test_info_of_an_unknown_name_offers_the_nearest() -> None:
    message = genaug("plugins", "info", "topk", code=2).stderr
    assert "there is no plugin 'topk'. Did you mean 'top-k'" in message


def test_the_doctor_finds_the_built_ins_well() -> None:
    result = genaug("plugins", "doctor")
    found = discover()
    count = len(found.entries) + len(found.presets)
    assert result.stdout.splitlines()[-1] == f"{count} of {count} plugins work"


def test_the_doctor_names_what_is_broken(install: Install) -> None:
    install("broken = no_such_module_here:Nothing")
    text = genaug("plugins", "doctor", code=1).stdout
    assert text.startswith(
        "broken: selector broken (cli-other): the selector 'broken' of cli-other 3.0 cannot"
    )
    assert "No module named 'no_such_module_here'" in text
    report = json.loads(genaug("plugins", "doctor", "--json", code=1).stdout)
    assert [line["name"] for line in report if line["status"] == "broken"] == ["broken"]


def test_the_doctor_reports_collisions_groups_and_files(install: Install) -> None:
    target = "genaug_plugins.selectors.random:RandomSelector"
    install(f"random = {target}\n[genaug.selector]\nmine = m:A")
    install("this line is no entry point", name="cli-garbled")
    lines = genaug("plugins", "doctor", code=1).stdout.splitlines()
    assert lines[0].startswith(
        "broken: cli-garbled 3.0: its entry points cannot be read: reinstall or remove"
    )
    assert (
        "broken: cli-other 3.0: there is no entry-point group 'genaug.selector': did you mean "
        "'genaug.selectors'?" in lines
    )
    assert (
        "collides: selector random (cli-other): genaug has a selector of this name too: a config must write "
        "'cli-other:random'" in lines
    )


def test_the_doctor_looks_at_one_distribution_only(install: Install) -> None:
    install("broken = no_such_module_here:Nothing")
    assert "cli-other" not in genaug("plugins", "doctor", "--only", "genaug").stdout
    assert genaug("plugins", "doctor", "--only", "cli-other", code=1).stdout.endswith("0 of 1 plugins work\n")
    message = genaug("plugins", "doctor", "--only", "no-such", code=2).stderr
    assert "--only no-such: no installed distribution of this name has plugins; those that do: " in message


def test_an_extra_that_is_not_installed_is_no_fault(install: Install) -> None:
    install(
        "optional = no_such_module_here:Nothing [more]",
        metadata='Provides-Extra: more\nRequires-Dist: no-such-distribution; extra == "more"\n',
    )
    text = genaug("plugins", "doctor").stdout
    assert text.startswith("not installed: selector optional (cli-other)")
    assert "pip install 'cli-other[more]'" in text


def test_the_schema_goes_to_stdout_or_a_file(tmp_path: Path) -> None:
    printed = json.loads(genaug("schema").stdout)
    assert "genaug.selectors.top-k" in printed["$defs"]
    out = tmp_path / "genaug.schema.json"
    assert genaug("schema", "--out", str(out)).stdout == ""
    assert json.loads(out.read_text(encoding="utf-8")) == printed
    assert "cannot be written" in genaug("schema", "--out", str(tmp_path), code=2).stderr


def test_the_schema_leaves_broken_plugins_out_and_says_so(install: Install) -> None:
    install("broken = no_such_module_here:Nothing")
    result = genaug("schema")
    assert "genaug.selectors.broken" not in json.loads(result.stdout)["$defs"]
    assert result.stderr.startswith("left out: selector broken: ")
