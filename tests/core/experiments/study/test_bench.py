"""A study carried out: its runs, its table, and what is left where some are missing."""

import json
import math
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import stats
from typer.testing import CliRunner

from genaug.cli import app
from genaug.data import Findings
from genaug.experiments.figures import logged, seconds_of
from genaug.experiments.results import Estimate, Table
from genaug.experiments.runs import Run
from genaug.experiments.study.plan import planned
from genaug.experiments.study.study import read

TEXT = """\
title: Which is nearest?
about: Two cheap generators and a hasty one.
size: Tiny.
seeds: [0, 1, 2]
spread: true
base:
  source: {use: sklearn-digits}
  split: {train_per_class: 8, validation_per_class: 0, test_per_class: 8}
  generator: {use: gaussian}
  strategy: {use: class-balance, add: 6}
  extractor: {use: pixels}
  validators: [{use: fidelity}]
compare_with: plain
arms:
  plain: {}
  flat: {generator.components: 2}
  hasty:
    generator: {use: gan, architecture: {use: dcgan, width: 4}, steps: 3, batch_size: 8, log_every: 1}
  broken: {split.train_per_class: 1000}
figures: ['fidelity.frechet_distance[pool]', seconds.fit, history.loss_d]
pictures: {columns: 12}
"""
FRECHET = "fidelity.frechet_distance[pool]"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the study, the finished runs of three arms, and its pages."""
    folder: Path = tmp_path_factory.mktemp("bench")
    (folder / "study.yaml").write_text(TEXT)
    made: list[Run] = []
    for run in plan(folder):
        if run.arm != "broken":  # carried out here, which is what a process of its own would do
            run.prepare([one.folder for one in made])
            run.pipeline.run(run.folder)
            made.append(run)
    bench(folder, "--table-only")
    return folder


def plan(folder: Path) -> list[Run]:
    study, file = read(folder / "study.yaml")
    return planned(study, file, folder / "work")


def bench(folder: Path, *arguments: str, code: int = 0) -> Any:
    words = [
        "bench",
        str(folder / "study.yaml"),
        "--out",
        str(folder / "out"),
        "--work",
        str(folder / "work"),
    ]
    result = CliRunner().invoke(app, [*words, *arguments])
    assert result.exit_code == code, result.output + repr(result.exception)
    return result


def document(folder: Path) -> Any:
    return json.loads((folder / "out" / "study.json").read_text())


def frechet(folder: Path, arm: str) -> list[tuple[float, float]]:
    """Return value and reference at each seed, read from the runs by hand."""
    found = []
    for run in plan(folder):
        if run.arm == arm:
            (path,) = (run.folder / "store").glob("validate-fidelity-*/findings.json")
            findings = Findings.model_validate_json(path.read_text()).findings
            (one,) = (f for f in findings if f.name == "frechet_distance[pool]")
            assert one.reference is not None
            found.append((one.value, one.reference))
    return found


def test_means_intervals_and_paired_differences_are_those_of_the_runs(place: Path) -> None:
    arms = document(place)["tables"][0]["arms"]
    plain, flat = ([value for value, _ in frechet(place, arm)] for arm in ("plain", "flat"))
    cell = arms["flat"][FRECHET]
    assert cell["by_seed"] == dict(zip(("0", "1", "2"), flat, strict=True))
    assert cell["mean"]["mean"] == pytest.approx(np.mean(flat))
    expected = stats.t.interval(0.95, 2, np.mean(flat), stats.sem(flat))
    assert cell["mean"]["interval"] == pytest.approx(list(expected))
    paired = stats.ttest_rel(flat, plain).confidence_interval(0.95)
    (difference,) = cell["differences"]
    assert difference["over"] == "plain"
    assert difference["interval"] == pytest.approx([paired.low, paired.high])
    assert not arms["plain"][FRECHET]["differences"]


def test_real_samples_are_the_reference(place: Path) -> None:
    reference = document(place)["tables"][0]["reference"]
    references = [reference for _, reference in frechet(place, "plain")]
    assert reference[FRECHET]["mean"]["mean"] == pytest.approx(statistics.mean(references))
    assert frechet(place, "hasty")[1][1] == references[1]  # the arms of a seed share their split
    assert "history.loss_d" not in reference


def test_a_table_of_the_previous_release_is_read(place: Path) -> None:
    table = document(place)["tables"][0]
    old = {"yardstick": table["reference"], **{key: table[key] for key in table if key != "reference"}}
    assert Table.model_validate(old) == Table.model_validate(table)


def test_the_page_shows_the_same_figures(place: Path) -> None:
    page = (place / "out" / "study.md").read_text()
    flat = document(place)["tables"][0]["arms"]["flat"][FRECHET]
    value, (low, high) = flat["mean"]["mean"], flat["mean"]["interval"]
    (difference,) = flat["differences"]
    assert f"| flat | {value:.1f} [{low:.1f}, {high:.1f}]<br>{difference['mean']:+.2f} [" in page
    low, high = difference["interval"]
    assert f"] **{'worse' if low > 0 else 'better'}** |" in page
    assert low > 0 or high < 0
    for said in (
        "# Which is nearest?",
        f"genaug bench {place}/study.yaml --out {place}/out\n",
        "**Size.** Tiny.",
        "3 seeds: 2 degrees of freedom",
        "of 9 comparisons about 1 would",
        "*Real training samples*",
        "80 train, 0 validation, 80 test, 60 candidates samples; 3 training steps.",
        "Standard deviation over the seeds",
        "| broken | not run | not run | not run |",
        "broken, seed 1: not run",
        "Made on: an unknown machine.",
        "torch ",
        "![Samples of each arm](study.png)",
        "![Differences to plain with their 95 % intervals](study.svg)",
    ):
        assert said in page, said


def test_a_figure_that_an_arm_lacks_is_left_open(place: Path) -> None:
    arms = document(place)["tables"][0]["arms"]
    assert arms["plain"]["history.loss_d"]["mean"] is None
    hasty = next(run for run in plan(place) if run.arm == "hasty" and run.seed == 0)
    (record,) = (hasty.folder / "store").glob("fit-*/gan.json")
    assert (
        arms["hasty"]["history.loss_d"]["by_seed"]["0"]
        == json.loads(record.read_text())["history"]["loss_d"][-1]
    )


def test_the_contact_sheet_has_a_row_for_real_samples_and_each_finished_arm(place: Path) -> None:
    with Image.open(place / "out" / "study.png") as sheet:
        assert sheet.mode == "P"
        assert sheet.height == 4 * (32 + 2)


def test_what_arms_share_is_linked_and_changes_nothing(place: Path) -> None:
    plain, flat = (next(run for run in plan(place) if run.arm == arm) for arm in ("plain", "flat"))
    mine, its = (
        {path.name: path.stat().st_ino for path in (run.folder / "store").glob("split-*/*") if path.is_file()}
        for run in (plain, flat)
    )
    assert mine == its
    assert mine
    alone = place / "alone"
    flat.pipeline.run(alone)
    assert json.loads((alone / "run.json").read_text())["manifest"] == flat.record().manifest  # type: ignore[union-attr]


def test_runs_that_stand_are_not_made_again(place: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (place / "work").glob("*/run.json")}
    result = bench(place, "--only", "plain,flat,hasty")
    assert "9 runs, 9 of them found finished; 0 to make" in result.stderr
    assert before == {path: path.stat().st_mtime_ns for path in (place / "work").glob("*/run.json")}


def test_a_run_that_fails_is_reported_and_loses_no_other(place: Path, tmp_path: Path) -> None:
    changed = ("--set", "seeds=[0]", "--set", "base.split.test_per_class=7", "--jobs", "2")
    result = bench(place, "--only", "broken,plain", "--work", str(tmp_path), *changed, code=1)
    assert "failed: broken, seed 0: class '0' has 178 samples" in result.stderr
    assert "2/2 " in result.stderr
    table = document(place)["tables"][0]
    assert list(table["arms"]["plain"][FRECHET]["by_seed"]) == ["0"]
    assert table["arms"]["plain"][FRECHET]["mean"]["interval"] is None
    assert "class '0' has 178 samples" in table["lost"]["broken"]["0"]
    assert table["lost"]["flat"] == {"0": "not run"}
    (machine,) = document(place)["made"]["machines"]
    assert (machine["at_a_time"], machine["device"]) == (2, "cpu")
    page = (place / "out" / "study.md").read_text()
    assert "| broken | failed | failed | failed |" in page
    assert "There is one seed: no intervals" in page
    assert "--only broken,plain --set 'seeds=[0]'" in page


def test_an_interrupted_study_stops_its_runs(place: Path, tmp_path: Path) -> None:
    endless = ["--set", "arms={plain: {generator: {use: gan, steps: 100000000}}}", "--work", str(tmp_path)]
    command = ["bench", str(place / "study.yaml"), "--out", str(tmp_path), *endless]
    code = "from genaug.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *command],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # in the background it is ignored
    ) as process:
        deadline = time.monotonic() + 300
        while not list(tmp_path.glob("*/events.jsonl")) and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said.decode()
    (record,) = (json.loads(path.read_text()) for path in tmp_path.glob("*/run.json"))
    assert record["status"] == "interrupted"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "plan"), "no arm 'plan'; the arms are plain, flat, hasty, broken"),
        (
            ("--set", "figures=['fidelity.frechet']", "--table-only"),
            "no finished run has 'frechet' of fidelity",
        ),
        (
            ("--set", "figures=['history.lost']", "--set", "arms={plain: {}}", "--table-only"),
            "no finished run has 'lost' of history; it has",
        ),
    ],
)
def test_wrong_names_are_told(place: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in bench(place, *arguments, code=2).stderr


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "events.jsonl"


def events(*told: tuple[str, str, bool]) -> str:
    lines = [
        {"event": event, "stage": "fit", "fingerprint": mark, "reused": reused, "seconds": 7.0}
        for event, mark, reused in told
    ]
    return "\n".join(map(json.dumps, lines)) + '\n{"event": "cut'


def test_seconds_are_of_the_one_whole_run_of_a_step(log: Path) -> None:
    begun, ended, found = (
        ("stage_started", "a", False),
        ("stage_finished", "a", False),
        ("stage_finished", "a", True),
    )
    log.write_text(events(begun, ended, found))
    assert seconds_of("fit", "a", log) == 7.0
    assert seconds_of("fit", "other", log) is None
    log.write_text(events(begun, begun, ended))  # a kill, then the rest
    assert seconds_of("fit", "a", log) is None
    assert seconds_of("fit", "a", log.with_name("none")) is None


def test_a_history_is_read_at_its_end_or_on_its_way() -> None:
    history = {"step": [0.0, 1.0, 50.0, 100.0], "loss": [9.0, 8.0, 7.0, 6.0]}
    found = [logged(history, name) for name in ("loss", "loss@0%", "loss@50%", "loss@100%", "gain")]
    assert found == [6.0, 9.0, 7.0, 6.0, None]


@pytest.mark.parametrize(
    ("interval", "better", "outcome"),
    [
        ((1.0, 2.0), "higher", "better"),
        ((1.0, 2.0), "lower", "worse"),
        ((-2.0, -1.0), "lower", "better"),
        ((-2.0, -1.0), None, "lower"),
        ((-1.0, 1.0), "lower", "no difference seen"),
        ((math.nan, math.nan), "lower", "no difference seen"),
        (None, "lower", ""),
    ],
)
def test_a_difference_is_called_by_what_its_interval_leaves_out(
    interval: Any, better: Any, outcome: str
) -> None:
    assert Estimate(n=2, mean=0.0, interval=interval).outcome(better) == outcome
