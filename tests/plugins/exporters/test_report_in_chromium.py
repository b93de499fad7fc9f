"""The page in a real browser: it opens offline, fits a phone, and shows what one points at."""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from genaug.contracts import CompletedRun
from genaug.data import Figure, Finding, Findings
from genaug.testing.material import Material
from genaug_plugins.exporters.html_report import HtmlReportExporter

WIDTHS = {"desktop": 1280, "phone": 390}
PATIENCE = 60_000
"""Milliseconds until a browser on a busy machine is given up."""
NOWHERE = (0, 0)


def run() -> CompletedRun:
    """Return a run with everything on its page that may be too wide for a phone."""
    base = Material().run()
    evidence = base.evidence
    samples = (tuple(evidence.train.samples.ids.tolist()), tuple(evidence.pool.ids.tolist()))
    traces = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": [place * (1 + place % 3) for place in range(len(ids))],
            "y": [height + place % 5 for place in range(len(ids))],
        }
        for name, ids, height in (("training", samples[0], 0), ("candidates", samples[1], 20))
    ]
    arms = [f"real + a rather long arm {number}" for number in range(8)]
    bars = {"type": "bar", "x": arms, "y": list(range(8))}
    wide = Findings(
        validator="wide",
        findings=tuple(
            Finding(
                name=f"{measure}[{arm}]",
                value=0.5,
                interval=(0.4, 0.6),
                better="higher",
                note=f"weights {'0123456789abcdef' * 4}",
                per_class={"disc": 0.5, "square": 0.25},
            )
            for measure in ("accuracy", "balanced accuracy", "macro F1", "average precision", "log loss")
            for arm in arms
        ),
        figures=(
            Figure(title="Embedding", chart={"data": traces, "layout": {}}, samples=samples),
            Figure(title="Bars", chart={"data": [bars], "layout": {"width": 900}}),
        ),
    )
    return dataclasses.replace(base, findings=(*base.findings, wide))


@dataclass
class Seen:
    """Hold what a browser did beside showing the page."""

    said: list[str] = field(default_factory=list)
    asked_for: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    HtmlReportExporter().export(run(), folder)
    return (folder / "report.html").as_uri()


def opened(browser: Any, address: str, width: int) -> tuple[Any, Seen]:
    """Open the page in a window of its own that reaches nothing but the page."""
    seen = Seen()
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="light").new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: seen.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked_for.append(request.url))
    page.route(re.compile("^(?!data:)"), lambda route: _only(route, address))
    page.goto(address)
    page.evaluate(
        """document.querySelectorAll("details.fold").forEach((one) => { one.open = true; });
        dispatchEvent(new Event("beforeprint"))"""  # all charts, wherever the window is
    )
    page.wait_for_function(
        "[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg'))"
    )
    return page, seen


def _only(route: Any, address: str) -> None:
    if route.request.url == address:
        route.continue_()
    else:
        route.abort()


@pytest.fixture(scope="module")
def pages(browser: Any, address: str) -> Iterator[dict[str, tuple[Any, Seen]]]:
    pages = {name: opened(browser, address, width) for name, width in WIDTHS.items()}
    yield pages
    for page, _ in pages.values():
        page.context.close()


@pytest.fixture(params=list(WIDTHS))
def both(request: pytest.FixtureRequest, pages: dict[str, tuple[Any, Seen]]) -> tuple[Any, Seen]:
    return pages[request.param]


@pytest.fixture
def desktop(pages: dict[str, tuple[Any, Seen]]) -> Any:
    return pages["desktop"][0]


def facts(page: Any, box: str) -> dict[str, str]:
    terms, texts = (page.locator(f"{box} {tag}").all_inner_texts() for tag in ("dt", "dd"))
    return dict(zip(terms, texts, strict=True))


def test_it_loads_in_silence_and_asks_for_nothing(both: tuple[Any, Seen], address: str) -> None:
    page, seen = both
    assert page.locator("h1").inner_text() == "Do synthetic samples help here?"
    assert seen.said == []
    assert [url for url in seen.asked_for if not url.startswith("data:")] == [address]


@pytest.mark.parametrize(
    "material", [Material.of_table(), Material.of_text(), Material((2, 60))], ids=["table", "text", "signal"]
)
def test_cards_of_rows_and_texts_fit_the_window(browser: Any, tmp_path: Path, material: Material) -> None:
    HtmlReportExporter().export(material.run(), tmp_path)
    for window in WIDTHS.values():
        page, _ = opened(browser, (tmp_path / "report.html").as_uri(), window)
        assert page.locator(".pairs .thumb").count() == 2
        outside = page.locator(".pair").evaluate_all(
            """pairs => pairs.filter((pair) => [...pair.querySelectorAll("img, .drawing")].some((one) =>
              one.getBoundingClientRect().right > pair.getBoundingClientRect().right))"""
        )
        assert outside == []
        assert page.evaluate("document.documentElement.scrollWidth") <= window
        page.context.close()


def test_sections_are_folded_on_a_phone_and_a_link_opens_its_section(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    assert page.locator("details.fold[open]").count() == 0
    assert page.evaluate("document.documentElement.scrollHeight") < 6_000
    assert page.locator(".main-svg").count() == 0, "charts of folded sections are drawn"
    page.locator("nav a[href='#samples']").click()
    assert page.locator("details.fold[open]").count() == 1
    assert page.locator("#samples .thumb").first.is_visible()
    context.close()


def test_charts_and_candidates_are_unpacked_when_they_come_near(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 100})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    far = page.locator(".plot").last
    assert far.locator(".main-svg").count() == 0
    before = far.bounding_box()["height"]
    far.scroll_into_view_if_needed()
    far.locator(".main-svg").first.wait_for()
    assert abs(far.bounding_box()["height"] - before) < 2, "the page jumps where a chart is drawn"
    context.close()


def test_nothing_is_wider_than_the_window(both: tuple[Any, Seen]) -> None:
    page, _ = both
    width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window
    strays = page.evaluate(
        """[...document.querySelectorAll("main *, header *, footer *")]
        .filter((one) => !one.closest(".scroll, pre, svg, .said"))
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert strays == []


def test_no_table_is_scrolled_sideways(both: tuple[Any, Seen]) -> None:
    page, _ = both
    wide = page.evaluate(
        """[...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth + 1)
        .map((one) => one.getAttribute("aria-label"))"""
    )
    assert wide == []


def test_traces_differ_by_more_than_colour(desktop: Any) -> None:
    symbols = desktop.evaluate(
        """[...document.querySelectorAll(".plot")].flatMap((plot) => plot.data)
        .filter((trace) => ["training", "candidates"].includes(trace.name))
        .map((trace) => trace.marker.symbol)"""
    )
    assert len(set(symbols)) == 2


def test_every_chart_lies_in_its_card(both: tuple[Any, Seen]) -> None:
    page, _ = both
    outside = page.evaluate(
        """[...document.querySelectorAll(".chart")].filter((card) => {
          const box = card.getBoundingClientRect();
          return [...card.querySelectorAll(".main-svg, .bars path, .xtick text, .legend")].some((part) => {
            const own = part.getBoundingClientRect();
            return own.width && (own.left < box.left - 1 || own.right > box.right + 1);
          });
        }).map((card) => card.querySelector("h3").textContent)"""
    )
    assert outside == []


def test_every_link_leads_to_its_section(both: tuple[Any, Seen]) -> None:
    page, _ = both
    targets = page.locator("nav a").evaluate_all("links => links.map((link) => link.hash)")
    assert len(targets) > 5
    for target in (targets[-1], targets[2]):
        page.locator(f"nav a[href='{target}']").click()
        page.wait_for_function(
            "(id) => { const top = document.querySelector(id).getBoundingClientRect().top;"
            " return location.hash === id && top > -5 && top < innerHeight; }",
            arg=target,
        )


def test_pointing_at_a_sample_shows_it_and_choosing_it_opens_it(desktop: Any) -> None:
    thumb = desktop.locator(".group.dropped .thumb").first
    thumb.scroll_into_view_if_needed()
    thumb.hover()
    desktop.wait_for_selector(".hover-card", state="visible")
    assert facts(desktop, ".hover-card")["Dropped by"] == "two-of-three"
    desktop.mouse.move(*NOWHERE)
    desktop.wait_for_selector(".hover-card", state="hidden")
    thumb.click()
    desktop.wait_for_selector("dialog[open]")
    known = facts(desktop, "dialog")
    assert known["Why"] == "every third is dropped"
    assert {"Class", "Generator", "Seed", "Content id", "Score two-of-three.place"} <= known.keys()
    assert desktop.locator("dialog img").get_attribute("src").startswith("data:image/png")
    desktop.keyboard.press("Escape")
    desktop.wait_for_selector("dialog", state="hidden")


def test_the_keyboard_goes_from_sample_to_sample(desktop: Any) -> None:
    row = desktop.locator(".group.kept .thumbs").first
    row.locator(".thumb").first.focus()
    desktop.keyboard.press("ArrowRight")
    place = "(row) => [...row.children].indexOf(document.activeElement)"
    assert row.evaluate(place) == 1
    desktop.keyboard.press("ArrowLeft")
    assert row.evaluate(place) == 0
    desktop.wait_for_selector(".hover-card", state="visible")
    desktop.keyboard.press("Escape")
    desktop.wait_for_selector(".hover-card", state="hidden")
    desktop.keyboard.press("Enter")
    desktop.wait_for_selector("dialog[open]")
    assert facts(desktop, "dialog")["Sample"] == "synthetic, kept"
    desktop.keyboard.press("Escape")
    desktop.wait_for_selector("dialog", state="hidden")


def test_pointing_at_a_point_shows_its_sample(desktop: Any) -> None:
    desktop.mouse.move(*NOWHERE)
    figure = desktop.locator("figure", has=desktop.locator("[data-points]"))
    plot = figure.locator(".plot")
    plot.scroll_into_view_if_needed()
    point = figure.locator(".trace").nth(1).locator(".points path").nth(3)
    box = point.bounding_box()
    where = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    desktop.mouse.move(where[0] - 1, where[1])
    desktop.mouse.move(*where)
    desktop.wait_for_selector(".hover-card", state="visible")
    pool = Material().pool()
    assert facts(desktop, ".hover-card")["Content id"] == str(pool.ids[3])
    assert desktop.locator(".hover-card img").get_attribute("src").startswith("data:image/png")
    card = desktop.locator(".hover-card").bounding_box()
    assert abs(card["y"] + card["height"] / 2 - where[1]) < card["height"], "the card is far from its point"
    desktop.mouse.click(*where)
    desktop.wait_for_selector("dialog[open]")
    assert facts(desktop, "dialog")["Content id"] == str(pool.ids[3])
    desktop.keyboard.press("Escape")
    desktop.wait_for_selector("dialog", state="hidden")


def test_the_keyboard_goes_from_point_to_point(desktop: Any) -> None:
    plot = desktop.locator(".plot[data-points]")
    plot.focus()
    desktop.keyboard.press("ArrowRight")
    desktop.wait_for_selector(".hover-card", state="visible")
    desktop.wait_for_function("document.querySelector('.said').textContent.includes('of')")
    first = facts(desktop, ".hover-card")["Content id"]
    desktop.keyboard.press("ArrowRight")
    assert facts(desktop, ".hover-card")["Content id"] != first
    desktop.keyboard.press("Enter")
    desktop.wait_for_selector("dialog[open]")
    desktop.keyboard.press("Escape")
    desktop.wait_for_selector("dialog", state="hidden")


def test_charts_are_drawn_anew_in_the_dark(desktop: Any) -> None:
    tick = "getComputedStyle(document.querySelector('.xtick text')).fill"
    light = desktop.evaluate(tick)
    desktop.emulate_media(color_scheme="dark")
    desktop.wait_for_function(f"{tick} !== '{light}'")
    assert desktop.evaluate(tick) == desktop.evaluate("getComputedStyle(document.body).color")
    desktop.emulate_media(color_scheme="light")
    desktop.wait_for_function(f"{tick} === '{light}'")
