"""The page that compares runs: its content, and in a browser."""

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from genaug import ComparedRun, ComparedRuns
from genaug.data import Verdict
from genaug.data.findings import Label
from genaug_plugins.exporters.html_report import HtmlReportExporter
from genaug_plugins.exporters.html_report.comparison import content


def verdict(effect: float, label: Label = "no measurable effect", metric: str = "accuracy") -> Verdict:
    return Verdict(
        label=label,
        metric=f"{metric} on the test view",
        baseline="real + classical",
        effect=effect,
        interval=(effect - 0.1, effect + 0.1),
        minimum_detectable_effect=0.2,
        best_arm="real",
        best_score=0.8 + effect,
        sentence="",
    )


def run(name: str, effect: float | None = 0.0, view: str = "A", **changes: Any) -> ComparedRun:
    return ComparedRun(
        **{
            "name": f"runs/{name}",
            "data": "image-folder, photos",
            "settings": {f"generator.setting_{number}": "<1>" for number in range(5)},
            "verdict": None if effect is None else verdict(effect),
            "seconds": 75.0,
            "timed": True,
            "time": "2026-11-28T10:00:00+00:00",
            "page": f"{name}/html-report/report.html",
            "test_view": view,
        }
        | changes
    )


RUNS = ComparedRuns(
    (
        run("b", 0.02, "A"),
        run("a", -0.05, "A", page=None, folds=5),
        run("none", None, "B", seconds=None),
        run("helps", 0.2, "B", verdict=verdict(0.2, "helps"), timed=False),
        run("a/very/deep/" + "folder/" * 20 + "run", 0.01, "B"),
        run("broken", 0.0, "B", verdict=verdict(math.nan, "not enough data to say")),
    ),
    ("a caution",),
    ("passed over: <x>",),
)


def test_runs_of_a_test_view_share_a_plot_and_all_share_a_scale() -> None:
    page = content(RUNS)
    assert page["prefix"] == "runs/"
    assert [row.short for row in page["rows"]][:3] == ["b", "a", "none"]
    assert [drawn.title for drawn in page["plots"]] == [
        "Effect in accuracy, test view A",
        "Effect in accuracy, test view B",
    ]
    assert [len(drawn.chart["data"][0]["x"]) for drawn in page["plots"]] == [2, 2]
    first, second = page["rows"][:2]
    assert first.scale["effect"] > 50 > second.scale["effect"]
    assert first.scale["high"] - first.scale["low"] == pytest.approx(
        second.scale["high"] - second.scale["low"], abs=0.05
    )
    assert page["rows"][2].scale is None
    assert page["rows"][5].scale is None
    json.dumps([row.order for row in page["rows"]], allow_nan=False)
    json.dumps([drawn.chart for drawn in page["plots"]], allow_nan=False)


def test_one_run_of_another_metric_gets_no_plot() -> None:
    page = content(ComparedRuns((run("a"), run("b", verdict=verdict(0.1, metric="R²")))))
    assert page["plots"] == []
    html = HtmlReportExporter().compare(ComparedRuns((run("a"),)))
    assert len(html) < 100_000  # no chart library where nothing is drawn


def test_texts_of_others_are_escaped() -> None:
    html = HtmlReportExporter().compare(RUNS)
    assert "&lt;1&gt;" in html
    assert "</code> <1>" not in html
    assert "passed over: <x>" not in html
    assert "5 folds" in html


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_fits_and_sorts_in_a_browser(width: int, browser: Any, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(HtmlReportExporter().compare(RUNS), encoding="utf-8")
    said: list[str] = []
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.route(re.compile("^(?!file:|data:)"), lambda route: route.abort())
    page.goto(path.as_uri())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # draws all charts
    page.wait_for_function(
        "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg'))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every((e) => e.scrollWidth <= e.clientWidth)"
    )

    def order() -> list[str]:
        found: list[str] = page.evaluate(
            "[...document.querySelectorAll('.runs-table tbody tr')]"
            ".map((r) => JSON.parse(r.dataset.order).name)"
        )
        return [name.rsplit("/", 1)[-1] for name in found]

    if width > 900:
        page.click("[data-sort=effect]")
        assert order() == ["helps", "b", "run", "a", "none", "broken"]  # the highest first, none last
        page.click("[data-sort=effect]")
        assert order() == ["a", "run", "b", "helps", "none", "broken"]
        assert page.get_attribute("th:has([data-sort=effect])", "aria-sort") == "ascending"
    else:
        page.select_option(".sort-by select", "name")
        assert order()[:2] == ["a", "run"]
    assert said == []
    page.context.close()
