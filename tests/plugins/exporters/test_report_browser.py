"""Candidates are filtered, sorted and tagged in the page, and the tags select them in the next run."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genaug.contracts import Candidates
from genaug.data import Funnel
from genaug.testing.material import Material
from genaug_plugins.exporters.html_report import HtmlReportExporter
from genaug_plugins.exporters.html_report.browser import browser as browsed
from genaug_plugins.exporters.html_report.samples import Gallery
from genaug_plugins.selectors.tags import TagsSelector

PATIENCE = 60_000
TILE = ".tile-of-candidate"


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("report")
    HtmlReportExporter().export(Material().run(), folder)
    page = browser.new_context(viewport={"width": 390, "height": 844}, accept_downloads=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto((folder / "report.html").as_uri())
    page.locator("nav a[href='#browser']").click()
    page.locator(TILE).first.wait_for()
    yield page
    page.context.close()


def slide(page: Any, which: str, to: int) -> None:
    page.get_by_label(f"two-of-three.place, {which}").evaluate(
        "(one, to) => { one.value = to; one.dispatchEvent(new Event('input', {bubbles: true})); }", to
    )


def facts(page: Any) -> list[dict[str, str]]:
    """Return what is known of each candidate, in the order of the page."""
    page.locator("[name=click]").select_option("open")
    found = []
    for tile in page.locator(TILE).all():
        tile.click()
        terms, texts = (page.locator(f"dialog {tag}").all_inner_texts() for tag in ("dt", "dd"))
        found.append(dict(zip(terms, texts, strict=True)))
        page.keyboard.press("Escape")
    page.locator("[name=click]").select_option("tag")
    return found


def tags(page: Any, kind: str) -> Path:
    with page.expect_download() as download:
        page.locator(f"[data-save={kind}]").click()
    assert download.value.suggested_filename == f"tags.{kind}"
    return Path(download.value.path())


def test_sliders_classes_and_outcomes_filter(page: Any) -> None:
    assert page.locator(TILE).count() == 24
    slide(page, "at least", 10)
    assert page.locator(TILE).count() == 14
    page.locator("[name=class]").select_option(index=3)
    assert page.locator(TILE).count() == 8
    page.locator("[name=outcome]").select_option("kept")
    assert 0 < page.locator(TILE).count() < 8
    assert "of 24 candidates match" in page.locator(".browser .shown").inner_text()
    page.locator("[name=outcome]").select_option("")
    page.locator("[name=class]").select_option("")
    slide(page, "at least", 0)
    assert page.locator(TILE).count() == 24


def test_they_are_sorted_by_a_score(page: Any) -> None:
    page.locator("[name=sort]").select_option("two-of-three.place")
    page.locator("[name=order]").select_option("-1")
    places = [float(one["Score two-of-three.place"]) for one in facts(page)]
    assert places == sorted(places, reverse=True)
    page.locator("[name=sort]").select_option("")
    page.locator("[name=order]").select_option("1")


def test_tags_are_set_by_clicks_and_keys_and_select_in_the_next_run(page: Any, tmp_path: Path) -> None:
    first, second, third = (page.locator(TILE).nth(place) for place in range(3))
    first.click()
    second.click()
    second.click()
    assert first.get_attribute("data-tag") == "keep"
    assert second.get_attribute("aria-label").endswith("tagged drop")
    assert second.inner_text().endswith("✕ drop")
    second.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("k")
    assert third.get_attribute("data-tag") == "keep"
    ids = [one["Content id"] for one in facts(page)[:3]]
    expected = {ids[0]: "keep", ids[1]: "drop", ids[2]: "keep"}
    for kind in ("json", "csv"):
        (tmp_path / f"tags.{kind}").write_bytes(tags(page, kind).read_bytes())
    evidence = Material().run().evidence
    given = Candidates(evidence.pool, {})
    assert json.loads((tmp_path / "tags.json").read_text())["tags"] == expected
    for path in tmp_path.iterdir():
        selection = TagsSelector(path=path).select(given, evidence.train, None)  # type: ignore[arg-type]
        assert set(evidence.pool.ids[selection.kept].tolist()) == {ids[0], ids[2]}
    page.locator("[data-all='']").click()
    assert page.locator("[data-save=json]").is_disabled()


def test_tags_are_there_after_a_reload(page: Any) -> None:
    page.locator(TILE).nth(1).click()
    tagged = page.locator(TILE).nth(1).get_attribute("aria-label")
    page.reload()
    page.locator("nav a[href='#browser']").click()
    page.locator(TILE).first.wait_for()
    assert page.locator(TILE).nth(1).get_attribute("aria-label") == tagged
    assert "1 keep, 0 drop" in page.locator(".browser .shown").inner_text()
    page.locator("[data-all='']").click()
    page.reload()
    page.locator("nav a[href='#browser']").click()
    page.locator(TILE).first.wait_for()
    assert "0 keep, 0 drop" in page.locator(".browser .shown").inner_text()


def test_all_shown_are_tagged_at_once(page: Any) -> None:
    page.locator("[name=outcome]").select_option("kept")
    page.locator("[data-all=keep]").click()
    kept = int(Material().run().evidence.funnel.kept.sum())
    assert f"Tagged: {kept} keep, 0 drop" in page.locator(".browser .shown").inner_text()
    page.locator("[data-all='']").click()
    page.locator("[name=outcome]").select_option("")


def test_it_says_nothing_in_the_console_and_fits_a_phone(page: Any) -> None:
    assert page.said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_tables_are_there_and_the_filters_are_not(browser: Any, tmp_path: Path) -> None:
    HtmlReportExporter().export(Material().run(), tmp_path)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((tmp_path / "report.html").as_uri())
    assert page.locator("noscript").inner_text().startswith("Filters and tags need JavaScript")
    assert not page.locator(".browser").is_visible()
    for table in (".matrix", ".counts-table", ".changed-list", ".group.kept .thumb"):
        assert page.locator(table).first.is_visible()
    page.context.close()


def test_few_candidates_are_chosen_by_hash_and_scores_that_say_nothing_are_left_out() -> None:
    evidence = Material().run().evidence
    n = len(evidence.pool)
    scores = {
        "a.one": np.ones(n),
        "b.none": np.full(n, np.nan),
        "c.some": np.where(np.arange(n) > 3, np.inf, np.arange(n)),
    }
    evidence = dataclasses.replace(evidence, funnel=dataclasses.replace(evidence.funnel, scores=scores))
    found = browsed(evidence, Gallery(evidence), 5)
    assert found is not None
    assert [one["id"] for one in found["data"]["candidates"]] == [
        str(id_) for id_ in evidence.pool.ids if id_ in sorted(evidence.pool.ids.tolist())[:5]
    ]
    assert not {"a.one", "b.none"} & set(found["data"]["scores"])
    json.dumps(found["data"], allow_nan=False)
    assert not found["all"]


def test_vectors_are_browsed_without_pictures() -> None:
    evidence = Material((6,)).run().evidence
    found = browsed(evidence, Gallery(evidence), 100)
    assert found is not None
    assert not any(one["picture"] for one in found["data"]["candidates"])
    assert all(one["facts"] for one in found["data"]["candidates"])


def test_an_empty_pool_has_nothing_to_browse() -> None:
    evidence = Material().run().evidence
    empty = dataclasses.replace(
        evidence, pool=evidence.pool.take(np.zeros(0, dtype=np.int64)), funnel=Funnel.of(0)
    )
    assert browsed(empty, Gallery(empty), 5) is None
