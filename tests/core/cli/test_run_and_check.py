"""`genaug run` and `genaug check`, carried out on tiny data with a hand-written plugin."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from genaug.cli import app

PLUGIN = """
from typing import ClassVar

from genaug import Exporter, Hook, Source, Validator, hookimpl
from genaug.data import Findings, Verdict


class SureValidator(Validator):
    name: ClassVar[str] = "cli-sure"

    def measure(self, evidence, context):
        print("a plugin that prints")
        interval = (0.0, float("inf"))
        verdict = Verdict(
            label="helps",
            metric="m",
            baseline="real",
            effect=0.1,
            interval=interval,
            minimum_detectable_effect=0.1,
            sentence="It helps.",
        )
        return Findings(validator="cli-sure", verdict=verdict, cautions=("they are noise",))


class PageExporter(Exporter):
    name: ClassVar[str] = "cli-page"
    page: ClassVar[str | None] = "index.html"

    def export(self, run, folder):
        (folder / "index.html").write_text("<p>page</p>")


class StoppingHook(Hook):
    name: ClassVar[str] = "cli-stopping"

    def subscribe(self):
        class Stopping:
            @hookimpl
            def stage_started(self, stage):
                if stage == "generate":
                    raise KeyboardInterrupt

        return Stopping()


class BareSource(Source):
    name: ClassVar[str] = "cli-bare"

    def load(self): ...
"""

CONFIG = """\
source: {use: arrays, path: data.npz, values: x, labels: y}
split: {train_per_class: 4, validation_per_class: 2}
generator: {use: gaussian}
strategy: {use: class-balance, add: 3}
selectors:
  - use: random
    share: 0.5
extractor: {use: pixels}
task: {use: classification, model: {use: logistic-regression}}
validators: [{use: cli-sure}]
exporters: [{use: cli-page}]
hooks: []
"""


@pytest.fixture(autouse=True)
def _workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in a folder with data and a config, beside an installed plugin."""
    site = tmp_path / "site"
    info = site / "cli_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cli-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[genaug.validators]\ncli-sure = cli_plugin_module:SureValidator\n"
        "[genaug.exporters]\ncli-page = cli_plugin_module:PageExporter\n"
        "[genaug.hooks]\ncli-stopping = cli_plugin_module:StoppingHook\n"
        "[genaug.sources]\ncli-bare = cli_plugin_module:BareSource\n"
    )
    (site / "cli_plugin_module.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 8, 8), dtype=np.uint8)
    np.savez("data.npz", x=images, y=np.repeat(["cat", "dog"], 10))
    Path("tiny.yaml").write_text(CONFIG)
    yield
    sys.modules.pop("cli_plugin_module", None)


def genaug(*arguments: str, code: int = 0) -> Any:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def test_run_ends_with_the_verdict_and_the_report() -> None:
    lines = genaug("run", "tiny.yaml").stdout.splitlines()
    assert lines[-3:] == ["It helps.", "but: they are noise", "report: runs/tiny/cli-page/index.html"]
    assert json.loads(Path("runs/tiny/run.json").read_text())["cautions"] == ["they are noise"]
    assert Path("runs/tiny/cli-page/index.html").read_text() == "<p>page</p>"
    assert json.loads(Path("runs/tiny/run.json").read_text())["status"] == "finished"


def test_a_second_run_finds_everything_finished() -> None:
    lines = genaug("run", "tiny.yaml", "--out", "there").stdout.splitlines()
    first = next(line for line in lines if " of them reused" in line)
    again = genaug("run", "tiny.yaml", "--out", "there").stdout.splitlines()
    second = next(line for line in again if " of them reused" in line)
    count = first.split()[0]
    assert f"{count} stages, 0 of them reused" in first
    assert f"{count} stages, {count} of them reused" in second
    assert first.rpartition(" ")[2] == second.rpartition(" ")[2]


def test_json_is_the_only_thing_on_stdout() -> None:
    result = genaug("run", "tiny.yaml", "--json")
    document = json.loads(result.stdout)
    assert document["status"] == "finished"
    assert document["folder"] == "runs/tiny"
    assert document["verdict"]["sentence"] == "It helps."
    assert document["report"] == "cli-page/index.html"
    assert document["manifest"]
    assert document["config"]["strategy"]["add"] == 3
    assert "a plugin that prints" in result.stderr


def test_without_verdict_and_report_it_says_what_gives_them() -> None:
    lines = genaug("run", "tiny.yaml", "--set", "validators=[]", "--set", "exporters=[]").stdout.splitlines()
    assert lines[-2].startswith("no verdict: ")
    assert lines[-1].startswith("results: runs/tiny ")


def test_set_replaces_settings() -> None:
    result = genaug(
        "run", "tiny.yaml", "--json", "--set", "strategy.add=2", "--set", "selectors[0].share=1.0"
    )
    config = json.loads(result.stdout)["config"]
    assert config["strategy"]["add"] == 2
    assert config["selectors"][0]["share"] == 1.0


def test_check_prints_counts_and_plan_and_writes_nothing() -> None:
    before = sorted(Path().rglob("*"))
    text = genaug("check", "tiny.yaml").stdout
    assert text.startswith("20 samples in 2 classes\n")
    assert ["cat", "10", "4", "2", "4"] in [line.split() for line in text.splitlines()]
    assert "- fit\n- generate\n" in text
    assert [path for path in sorted(Path().rglob("*")) if "__pycache__" not in path.parts] == before


def test_check_counts_the_groups() -> None:
    values, labels = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
    np.savez("grouped.npz", values=values.astype(np.float32), labels=labels, groups=np.arange(40) // 4)
    source = "source={use: arrays, path: grouped.npz, groups: groups}"
    text = genaug("check", "tiny.yaml", "--set", source, "--set", "extractor.use=pixels").stdout
    assert text.startswith("40 samples in 2 classes, of 10 groups, each kept in one view\n")


def test_check_tells_what_is_finished_already() -> None:
    genaug("run", "tiny.yaml")
    assert "- generate (finished)" in genaug("check", "tiny.yaml").stdout
    stages = json.loads(genaug("check", "tiny.yaml", "--json", "--set", "strategy.add=2").stdout)["stages"]
    finished = {stage["stage"]: stage["finished"] for stage in stages}
    assert finished["fit"]
    assert not finished["generate"]
    elsewhere = json.loads(genaug("check", "tiny.yaml", "--json", "--out", "elsewhere").stdout)
    assert not any(stage["finished"] for stage in elsewhere["stages"])


def test_check_as_json_holds_the_audit() -> None:
    audit = json.loads(genaug("check", "tiny.yaml", "--json").stdout)["audit"]
    assert audit["classes"] == {"cat": 10, "dog": 10}
    assert audit["views"]["test"] == {"cat": 4, "dog": 4}


@pytest.mark.parametrize("command", ["run", "check"])
def test_an_error_is_one_message_and_code_2(command: str) -> None:
    result = genaug(command, "tiny.yaml", "--set", "selectors[0].shar=2", "--set", "source.use=array", code=2)
    assert result.stdout == ""
    assert result.stderr.startswith("error: --set source.use=array: source.use: there is no source 'array'.")
    assert (
        "\n       --set selectors[0].shar=2: selectors[0].shar: unknown setting; did you mean 'share'?"
        in (result.stderr)
    )
    assert "Traceback" not in result.stderr


def test_the_line_of_a_mistake_is_named() -> None:
    Path("tiny.yaml").write_text(CONFIG.replace("share: 0.5", "share: 5"))
    assert genaug("run", "tiny.yaml", code=2).stderr == (
        "error: tiny.yaml:7: selectors[0].share: must be 1 or less (you gave 5)\n"
    )


def test_a_missing_config_is_named() -> None:
    assert "tiny.yml: there is no such file" in genaug("run", "tiny.yml", code=2).stderr


def test_an_interrupted_run_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["run", "tiny.yaml", "--set", "hooks=[{use: cli-stopping}]"]
    monkeypatch.setattr(sys, "argv", ["genaug", *arguments])
    result = genaug(*arguments, code=130)
    assert "to resume: genaug run tiny.yaml --set 'hooks=[{use: cli-stopping}]'" in result.stderr
    assert json.loads(Path("runs/tiny/run.json").read_text())["status"] == "interrupted"
    finished = genaug("run", "tiny.yaml").stdout.splitlines()[-4]
    assert " stages, 3 of them reused" in finished


def test_a_bug_keeps_its_traceback_and_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(path: Path) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("genaug.config.read", bug)
    result = genaug("run", "tiny.yaml", code=1)
    assert isinstance(result.exception, ZeroDivisionError)


def test_data_replaces_the_path_of_a_source_that_can_read_it() -> None:
    Path("data.npz").rename("other.npz")
    config = json.loads(genaug("run", "tiny.yaml", "--json", "--data", "other.npz").stdout)["config"]
    assert config["source"]["path"] == "other.npz"
    assert config["source"]["values"] == "x"


def test_data_replaces_a_source_that_cannot_read_it() -> None:
    from PIL import Image

    rng = np.random.default_rng(1)
    for name in ("left", "right"):
        folder = Path("a folder: photos", name)
        folder.mkdir(parents=True)
        for index in range(8):
            pixels = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")
    check = genaug("check", "tiny.yaml", "--json", "--data", "a folder: photos", "--set", "source.size=8")
    assert json.loads(check.stdout)["audit"]["classes"] == {"left": 8, "right": 8}
    Path("bare.yaml").write_text(
        CONFIG.replace("{use: arrays, path: data.npz, values: x, labels: y}", "{use: cli-bare}")
    )
    np.savez("plain.npz", values=np.array([[0.0, 0, 0], [1, 1, 1]]), labels=[0, 1])
    result = genaug("check", "bare.yaml", "--data", "plain.npz", code=2)
    assert "fewer than 2 samples" in result.stderr  # read by `arrays`, and refused for being so small


def test_data_that_nobody_reads_is_refused() -> None:
    assert (
        "--data nowhere: no such folder or file"
        in genaug("run", "tiny.yaml", "--data", "nowhere", code=2).stderr
    )
    Path("bare.yaml").write_text(
        CONFIG.replace("use: arrays, path: data.npz, values: x, labels: y", "use: cli-bare")
    )
    Path("data.zip").write_bytes(b"")
    assert "no source recognizes data.zip" in genaug("run", "bare.yaml", "--data", "data.zip", code=2).stderr
