"""What a config leaves out comes from a preset: the built-in one, unless the config names another."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genaug import Pipeline, Preset
from genaug.cli import app
from genaug.cli.settings import settings
from genaug.components.discovery import Entry, discover
from genaug.components.registry import Registry
from genaug.errors import AmbiguousPlugin, BrokenPlugin, ConfigError, UnknownPlugin, WrongContract

Install = Callable[..., None]

CONFIG = """\
source: {use: sklearn-digits}
generator: {use: gaussian}
strategy: {use: class-balance, add: 3}
"""
COMPLETE = CONFIG + "extractor: {use: pixels}\ntask: {use: classification}\nhooks: []\n"
OTHER = "from genaug import Preset\nPRESET = Preset(extractor={'use': 'pixels'}, hooks=())\n"
FOUND = discover()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a hand-written distribution with a preset on the path."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))

    def write(name: str, code: str = OTHER, entry: str = "default") -> None:
        module = f"{name.replace('-', '_')}_preset"
        monkeypatch.delitem(sys.modules, module, raising=False)
        (place / f"{module}.py").write_text(code)
        info = place / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[genaug.presets]\n{entry} = {module}:PRESET\n")

    return write


def read(folder: Path, text: str = CONFIG, registry: Registry | None = None) -> Pipeline:
    path = folder / "a.yaml"
    path.write_text(text)
    return Pipeline.from_file(path, registry=registry)


def refused(folder: Path, text: str = CONFIG, registry: Registry | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, registry)
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def without_built_in(*presets: Entry) -> Registry:
    return Registry(FOUND.entries, presets=presets)


def test_what_is_left_out_is_written_out_in_full(tmp_path: Path) -> None:
    config = read(tmp_path).config()
    assert config["extractor"]["use"] == "efficientnet-lite0"
    assert (config["task"]["use"], config["task"]["model"]["use"]) == ("classification", "auto")
    assert [hook["use"] for hook in config["hooks"]] == ["progress", "event-log"]
    # The dump needs no preset any more.
    assert Pipeline.model_validate(config, context={"registry": without_built_in()}).config() == config


def test_what_is_given_replaces_the_preset(tmp_path: Path) -> None:
    pipeline = read(tmp_path, COMPLETE)
    assert (pipeline.extractor.name, pipeline.hooks) == ("pixels", ())
    with pytest.raises(ConfigError, match="extractor: expected a mapping that names the extractor"):
        read(tmp_path, CONFIG + "extractor: null\n")


def test_schema_and_reference_show_the_defaults() -> None:
    shown = {one.name: (one.required, one.default) for one in settings(Pipeline)}
    assert shown["extractor"] == (False, {"use": "efficientnet-lite0"})
    assert shown["task"] == (False, {"use": "classification"})
    assert shown["hooks"] == (False, [{"use": "progress"}, {"use": "event-log"}])


def test_without_a_preset_they_are_required(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refused(tmp_path, CONFIG, without_built_in())
    assert [line.partition(" is missing")[0] for line in lines] == [
        "a.yaml: extractor:",
        "a.yaml: task:",
        "a.yaml: hooks:",
    ]
    assert ": write task: {use: NAME}, with one of classification" in lines[1]
    assert ": write hooks: [{use: NAME}], with one of event-log," in lines[2]
    assert lines[2].endswith("(no default: there is no preset 'default'. Installed: none)")
    assert read(tmp_path, COMPLETE, without_built_in()).hooks == ()
    monkeypatch.setattr(Registry, "installed", without_built_in)
    required = {one.name for one in settings(Pipeline) if one.required}
    assert {"extractor", "task", "hooks"} <= required


def test_a_third_partys_preset_does_not_replace_the_built_in(tmp_path: Path, install: Install) -> None:
    install("shop", "raise SystemExit('imported')")
    assert Registry.installed().preset().extractor == {"use": "efficientnet-lite0"}
    assert read(tmp_path).config()["extractor"]["use"] == "efficientnet-lite0"


@pytest.mark.parametrize(("entry", "name"), [("default", "shop:default"), ("signals", "signals")])
def test_a_config_may_name_another_preset(tmp_path: Path, install: Install, entry: str, name: str) -> None:
    install("shop", entry=entry)
    (line,) = refused(tmp_path, f"preset: {name}\n{CONFIG}")
    assert line.startswith("a.yaml: task: is missing: ")  # this preset has no default task
    assert line.endswith(f"(no default: the preset '{name}' gives none)")
    pipeline = read(tmp_path, f"preset: {name}\ntask: {{use: classification}}\n{CONFIG}")
    assert (pipeline.extractor.name, pipeline.hooks, pipeline.config()["preset"]) == ("pixels", (), name)


def test_two_third_parties_must_be_told_apart() -> None:
    entries = [Entry("preset", "default", "m:P", name, "1") for name in ("here", "there")]
    with pytest.raises(AmbiguousPlugin, match="write 'here:default' or 'there:default' to say which"):
        without_built_in(*entries).preset()


def test_an_unknown_preset_is_refused_where_it_is_named(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, f"preset: defalt\n{COMPLETE}")
    assert line.startswith("a.yaml:1: preset: there is no preset 'defalt'. Did you mean 'default'?")


def test_what_is_no_preset_is_refused(install: Install) -> None:
    install("shop", "PRESET = {'extractor': {'use': 'pixels'}}")
    with pytest.raises(WrongContract, match=r"the preset 'default' of shop 1\.0 is not a Preset"):
        Registry.installed().preset("shop:default")
    install("mill", "raise ValueError('no')")
    with pytest.raises(BrokenPlugin, match=r"the preset 'default' of mill 1\.0 cannot be imported"):
        Registry.installed().preset("mill:default")


def test_the_doctor_tries_presets(install: Install) -> None:
    install("shop")
    install("mill", "raise ValueError('no')", "flour")
    result = CliRunner().invoke(app, ["plugins", "doctor", "--only", "shop"])
    assert "collides: preset default (shop): genaug has a preset of this name too" in result.stdout
    result = CliRunner().invoke(app, ["plugins", "doctor", "--only", "mill"])
    assert (result.exit_code, result.stdout.startswith("broken: preset flour (mill): ")) == (1, True)


def test_a_complete_config_imports_no_preset(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(COMPLETE)
    code = (
        "import sys, genaug\n"
        f"genaug.Pipeline.from_file({str(path)!r})\n"
        "assert 'genaug_plugins.preset' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


@pytest.mark.parametrize(
    ("preset", "arguments", "message"),
    [
        (Preset(), ["init", "photos"], "the default preset has no config to start from"),
        (Preset(), ["check", "a.yaml", "--data", "photos"], "no source recognizes photos (an empty folder)"),
        (
            Preset(file_sources={".wav": "sound"}),
            ["check", "a.yaml", "--data", "photos"],
            "no source recognizes photos (an empty folder)",
        ),
    ],
)
def test_commands_say_what_a_preset_leaves_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, preset: Preset, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    Path("a.yaml").write_text(COMPLETE)
    monkeypatch.setattr(Registry, "preset", lambda *_: preset)
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, message in result.stderr) == (2, True), result.output


def test_the_installed_preset_is_the_plugin_packages() -> None:
    (entry,) = [one for one in FOUND.presets if one.distribution == "genaug"]
    assert (entry.name, entry.target) == ("default", "genaug_plugins.preset:PRESET")
    preset, registry = Registry.installed().preset(), Registry.installed()
    assert preset.folder_source is not None
    assert preset.page is not None
    assert preset.verdict is not None
    registry.find("source", preset.folder_source)
    registry.find("exporter", preset.page["use"])
    registry.find("validator", preset.verdict)
    for name in preset.file_sources.values():
        registry.find("source", name)
    with pytest.raises(UnknownPlugin):
        registry.preset("nothing")
