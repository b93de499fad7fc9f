"""The page keeps its size, whatever the pool, and reads no more of the pool than it shows."""

import base64
import dataclasses
import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.contracts import CompletedRun
from genaug.data import Figure, Findings, Funnel, Origin, Pool, Samples, TrainView
from genaug.data.samples import FloatArray
from genaug.data.stored import Block, StoredSamples
from genaug.testing.formulas import spec_of
from genaug.testing.material import Material
from genaug_plugins.exporters.html_report import HtmlReportExporter
from genaug_plugins.exporters.html_report.pictures import DETAILS, picture, reduced
from genaug_plugins.exporters.html_report.samples import Gallery

BLOCK = 500


def noise(shape: tuple[int, ...], seed: int) -> FloatArray:
    """Return images that no compression makes small."""
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, (BLOCK, *shape)).astype(np.float32)


def run_of(n: int, classes: int, shape: tuple[int, ...] = (3, 64, 64)) -> CompletedRun:
    """Return a run with a pool on disk, so to speak: its values are made when they are asked for."""

    def block(number: int) -> Callable[[], FloatArray]:
        return lambda: noise(shape, number)

    base = Material(shape).run()
    names = tuple(f"class {number}" for number in range(classes))
    spec = base.evidence.spec.model_copy(update={"class_names": names})
    blocks = tuple(Block(start, block(start)) for start in range(0, n, BLOCK))
    rows = np.arange(n)
    ids = np.array([f"{row * 7919 % n:032x}" for row in rows])
    labels = rows % classes
    pool = Pool(spec, StoredSamples(blocks, shape, rows, labels, ids), (Origin("0" * 64, 1),), rows * 0, rows)
    kept = rows % 3 > 0
    reasons = np.where(kept, "", "too far from every training sample of its class")
    funnel = dataclasses.replace(Funnel.of(n), kept=kept, reasons=reasons, scores={"realism.r": rows / n})
    train = TrainView(spec, Samples(noise(shape, -1 % 2**32), np.arange(BLOCK) % classes))
    evidence = dataclasses.replace(base.evidence, train=train, pool=pool, funnel=funnel)
    where = np.linspace(0, 1, n).tolist()
    figure = Figure(
        title="Embedding",
        chart={"data": [{"type": "scatter", "mode": "markers", "x": where, "y": where}], "layout": {}},
        samples=(tuple(ids.tolist()),),
    )
    return dataclasses.replace(
        base, evidence=evidence, findings=(Findings(validator="v", figures=(figure,)),)
    )


def unpacked(html: str) -> Any:
    """Return what the page has behind it."""
    (packed,) = re.findall(r'id="behind">([^<]*)<', html)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def exported(run: CompletedRun, folder: Path, **settings: float) -> str:
    HtmlReportExporter(**settings).export(run, folder)
    return (folder / "report.html").read_text(encoding="utf-8")


def test_the_page_of_ten_thousand_candidates_keeps_within_15_megabytes(tmp_path: Path) -> None:
    run = run_of(10_000, 100)
    html = exported(run, tmp_path)
    assert len(html.encode()) <= 9_000_000  # of noise, which no compression makes small; 13 MB before
    assert "600 of the 10,000 samples have a picture on this page" in html
    assert "values" not in run.evidence.pool.samples.__dict__, "the whole pool was read"


@pytest.mark.parametrize("n", [500, 2000])
def test_the_number_of_pictures_is_bounded_whatever_the_pool(tmp_path: Path, n: int) -> None:
    limits = {"samples_per_class": 4, "samples": 60, "points": 30}
    html = exported(run_of(n, 10, (1, 8, 8)), tmp_path, **limits)
    assert html.count("<img ") == 60  # 2 of each class and kind
    behind = unpacked(html)
    assert len(behind["points"]["measured-0-0"]) == 30
    assert len(behind["browser"]["candidates"]) == n if n < 800 else 800
    assert "At most 2 of each kind are shown" in html


@pytest.mark.parametrize("material", [Material(), Material.of_table(), Material.of_text(), Material((2, 60))])
def test_the_chart_library_takes_two_megabytes(tmp_path: Path, material: Material) -> None:
    html = exported(material.run(), tmp_path)
    assert len(html.encode()) < 2_300_000  # 5.1 MB before


def test_a_page_that_is_too_large_has_coarser_pictures_and_then_fewer(tmp_path: Path) -> None:
    run = dataclasses.replace(run_of(500, 10), findings=(), history={})  # no chart: no plotly
    sides, counts = [], []
    for megabytes in (15, 1.5, 0.6):
        html = exported(run, tmp_path, megabytes=megabytes)
        assert len(html.encode()) <= 1_000_000 * megabytes
        sides.append(int(re.findall(r"at most (\d+) pixels a side", html)[0]))
        counts.append(html.count("<img "))
    assert sides[0] > sides[1]
    assert counts[0] == counts[1] > counts[2]


@pytest.mark.parametrize("shape", [(3, 200, 100), (12, 5000)])
def test_coarser_pictures_are_smaller(shape: tuple[int, ...]) -> None:
    sample = reduced(noise(shape, 0)[0], spec_of(shape))
    sizes = [len(picture(sample, detail)) for detail in DETAILS]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < sizes[0] / 3


def test_pictures_of_points_are_shared_out_among_the_traces_and_always_the_same() -> None:
    evidence = Material().evidence()
    train, pool = evidence.train.samples.ids.tolist(), evidence.pool.ids.tolist()
    samples = ((), train[:4], pool, ["nobody"])
    points = Gallery(evidence).points(samples, 10)
    assert [point.trace for point in points].count(1) == 4
    assert [point.trace for point in points].count(2) == 6
    assert points == Gallery(evidence).points(samples, 10)
    for point in points:
        facts = dict(point.shown.facts)
        assert facts["Content id"] == samples[point.trace][point.place]
    assert len(Gallery(evidence).points(samples, 1000)) == 4 + 24


def test_points_of_every_view_are_told_apart() -> None:
    evidence = Material().evidence()
    ids = [str(view.samples.ids[0]) for view in (evidence.train, evidence.validation, evidence.test)]
    told = [dict(point.shown.facts)["Sample"] for point in Gallery(evidence).points([ids], 3)]
    assert told == [f"real, of the {view} view" for view in ("training", "validation", "test")]
