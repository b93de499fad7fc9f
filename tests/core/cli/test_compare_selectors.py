"""`genaug compare-selectors`, from what is typed to what is printed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from genaug import Registry
from genaug.cli import app
from genaug.components import discovery
from genaug.config.yaml_writer import block

RECIPE = Path(__file__).parents[3] / "docs" / "recipes" / "digits.yaml"
QUICK = (
    "extractor={use: pixels}",
    "split={train_per_class: 3, validation_per_class: 6, test_per_class: 6}",
    "generator={use: gaussian}",
    "strategy={use: class-balance, add: 6}",
    "task={use: classification, model: {use: logistic-regression}}",
    "validators[0].seeds=3",
    "selectors=[{use: random, share: 0.5}, {use: cluster, clusters: 2, per_cluster: 1}]",
)
FEW = ("random", "cluster", "realism", "share")


@pytest.fixture
def few_selectors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Install few of the selectors: some of the others look for weights in the network."""
    found = discovery.discover()
    entries = [one for one in found.entries if one.kind != "selector" or one.name in FEW]
    monkeypatch.setattr(Registry, "installed", lambda: Registry(entries, presets=found.presets))


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["compare-selectors", *map(str, arguments)])


def settings(*prefixed: str) -> list[str]:
    return [word for one in prefixed for word in ("--set", one)]


@pytest.mark.usefixtures("few_selectors")
def test_an_ordinary_config_is_compared(tmp_path: Path) -> None:
    out, pages = tmp_path / "out", tmp_path / "pages"
    done = invoke(RECIPE, "--out", out, "--pages", pages, *settings(*QUICK))
    assert done.exit_code == 0, done.output
    said = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in said["comparison"]["rows"]}
    assert set(rows) == {"real only", "everything", "random+cluster", "random", "cluster", "realism"}
    assert "share" in said["asked"]["left_out"]
    last = done.stdout.splitlines()[-1]
    assert last == f"{said['comparison']['sentence']}. The page: {out / 'selector-comparison.md'}"
    assert last.startswith("recommended: ")
    for suffix in ("md", "svg", "png", "json"):
        assert (pages / f"digits.{suffix}").exists()
    page = (pages / "digits.md").read_text(encoding="utf-8")
    assert "](digits.svg)" in page
    assert "cluster: 2" not in page
    assert f"genaug compare-selectors {RECIPE}" in page


def test_a_file_with_chains_is_compared_on_other_data(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(2), 40)
    images = (rng.integers(0, 80, (80, 8, 8, 1)) + 90 * labels[:, None, None, None]).astype(np.uint8)
    np.savez(tmp_path / "mine.npz", values=images, labels=labels)
    pipeline = {
        "source": {"use": "sklearn-digits"},
        "extractor": {"use": "pixels"},
        "generator": {"use": "gaussian"},
        "strategy": {"use": "class-balance", "add": 6},
        "task": {"use": "classification", "model": {"use": "logistic-regression"}},
        "hooks": [],
    }
    chains = {"half": [{"use": "random", "share": 0.5}], "same": [{"use": "random", "share": 0.5}]}
    config = tmp_path / "comparison.yaml"
    config.write_text(block({"pipeline": pipeline, "chains": chains}), encoding="utf-8")
    done = invoke(
        config, "--data", tmp_path / "mine.npz", "--out", tmp_path / "out", "--json", "--jobs", 2,
        *settings("protocol={use: downstream, seeds: 3}"),
        *settings("pipeline.split={train_per_class: 5, validation_per_class: 10}"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["test_samples"] == 50
    assert {"half", "same"} < {row["name"] for row in said["rows"] if row["kept"]}
    assert "2/2 " in done.stderr
    logs = (tmp_path / "out" / "chains").glob("*/log.txt")  # of processes of their own, in one folder
    assert len(list(logs)) == 1
    assert said["seeds"] == 3


def test_what_is_wrong_is_said_with_exit_code_2(tmp_path: Path) -> None:
    config = tmp_path / "comparison.yaml"
    config.write_text("pipeline: {}\nchains: {a: [{use: randon}]}\n", encoding="utf-8")
    done = invoke(config, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "comparison.yaml:2: chains.a[0].use: there is no selector 'randon'" in done.stderr
    assert "pipeline.source: is missing" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_help_teaches() -> None:
    done = invoke("--help")
    assert "chains:" in done.output
    assert "protocol.seeds=3" in done.output


def test_the_old_name_works_and_names_the_new_one() -> None:
    done = CliRunner().invoke(app, ["bake-off", "absent.yaml"])
    assert done.exit_code == 2
    assert "`genaug bake-off` is now `genaug compare-selectors`" in done.stderr
    assert "absent.yaml" in done.stderr
    assert "bake-off" not in CliRunner().invoke(app, ["--help"]).output
