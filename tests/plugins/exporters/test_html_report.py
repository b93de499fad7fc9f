import base64
import dataclasses
import gzip
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from genaug.contracts import CompletedRun
from genaug.data import Figure, Finding, Findings, Funnel, Pair, Samples, Verdict
from genaug.data.images import to_uint8
from genaug.testing.material import Material
from genaug_plugins.exporters.html_report import HtmlReportExporter, charts, words

EVIL = '<img src=x onerror="alert(1)">&\'</script>'


class Page(HTMLParser):
    """Everything that a test asks of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self._inside: tuple[str, dict[str, str]] = ("", {})
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = (tag, {key: value or "" for key, value in attrs})
        self.tags.append(self._inside)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ("", {})

    def handle_data(self, data: str) -> None:
        tag, attributes = self._inside
        if tag == "script":
            self.scripts.append((attributes, data))
        elif tag != "style":
            self.text.append(data)

    def says(self, words: str) -> bool:
        return words in " ".join(" ".join(self.text).split())

    def all(self, tag: str, class_: str = "") -> list[dict[str, str]]:
        return [a for t, a in self.tags if t == tag and (not class_ or class_ in a.get("class", "").split())]

    @property
    def charts(self) -> list[dict[str, Any]]:
        return [json.loads(text) for a, text in self.scripts if a.get("type") and not a.get("id")]

    @property
    def behind(self) -> dict[str, Any]:
        """What is shown on demand."""
        (packed,) = (text for a, text in self.scripts if a.get("id") == "behind")
        found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed)))
        return found


def page(folder: Path, run: CompletedRun | None = None, **settings: int) -> Page:
    HtmlReportExporter(**settings).export(run or Material().run(), folder)
    assert [path.name for path in folder.iterdir()] == ["report.html"]
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def with_evidence(run: CompletedRun, **changes: Any) -> CompletedRun:
    return dataclasses.replace(run, evidence=dataclasses.replace(run.evidence, **changes))


def test_the_page_stands_alone(tmp_path: Path) -> None:
    report = page(tmp_path)
    assert len(report.html.encode()) < 2_300_000
    for tag, attributes in report.tags:
        assert tag not in ("link", "iframe", "object"), f"<{tag}> may load something"
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "#").startswith("#")
    policy = next(a["content"] for a in report.all("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_what_nobody_may_overlook_stands_beside_the_verdict(tmp_path: Path) -> None:
    run = Material().run()
    findings = tuple(
        one.model_copy(update={"cautions": ("far from <the> real samples",)}) for one in run.findings
    )
    report = page(tmp_path, dataclasses.replace(run, findings=findings))
    first = report.html.partition("<nav")[0]
    assert "Far from &lt;the&gt; real samples." in first
    assert first.index('class="outcome"') < first.index("Far from")


def test_every_anchor_of_the_contents_exists(tmp_path: Path) -> None:
    report = page(tmp_path)
    ids = [a["id"] for _, a in report.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in report.all("a")} <= set(ids)


def test_the_verdict_comes_first_with_its_interval_and_what_to_do(tmp_path: Path) -> None:
    report = page(tmp_path)
    assert report.all("div", "verdict")[0]["class"] == "card verdict no-measurable-effect"
    assert report.says("No measurable effect")
    assert report.says(
        "Difference in accuracy on the test view of the augmented training from real : +0.0100 , "
        "95 % interval −0.0200 to +0.0400"
    )
    assert report.says("It is not shown that the synthetic samples are better")
    text = " ".join(report.text)
    assert text.index("What to do next") < text.index("Outcome of the candidates")


@pytest.mark.parametrize("outcome", ["helps", "hurts", "no measurable effect", "not enough data to say"])
def test_every_outcome_has_a_headline_and_a_next_step(tmp_path: Path, outcome: Any) -> None:
    nan = float("nan")
    verdict = Verdict(
        label=outcome,
        metric="m",
        baseline="real",
        effect=nan,
        interval=(nan, nan),
        minimum_detectable_effect=nan,
        sentence="So it is.",
    )
    run = dataclasses.replace(Material().run(), findings=(Findings(validator="v", verdict=verdict),))
    report = page(tmp_path, run)
    assert report.says(words.NEXT[outcome])
    assert not report.all("div", "scale")


def test_a_run_without_a_verdict_says_what_to_add(tmp_path: Path) -> None:
    report = page(tmp_path, dataclasses.replace(Material().run(), findings=()))
    assert report.says("Add the validator `downstream`")
    assert not report.says("What to do next")


def test_every_finding_figure_and_warning_is_on_the_page(tmp_path: Path) -> None:
    run = Material().run()
    report = page(tmp_path, run)
    (part,) = run.findings
    for finding in part.findings:
        assert report.says(finding.name)
        assert report.says(finding.note)
        for name, value in finding.per_class.items():
            assert report.says(f"{name} {words.number(value)}")
    assert report.says("0.800 ↑ 0.700 to 0.900 0.850 12")
    for figure in part.figures:
        assert report.says(figure.title)
        assert report.says(figure.caption)
    for warning in part.warnings:
        assert report.says(warning)
    assert part.figures[0].chart is not None
    assert part.figures[0].chart["data"] in [chart["data"] for chart in report.charts]


def test_what_several_notes_repeat_is_said_once(tmp_path: Path) -> None:
    notes = ("k = 5; pixels", "k = 3; pixels", "", "pixels; k = 3")
    findings = tuple(Finding(name=f"f{n}", value=1.0, note=note) for n, note in enumerate(notes))
    run = dataclasses.replace(Material().run(), findings=(Findings(validator="v", findings=findings),))
    report = page(tmp_path, run)
    assert " ".join(report.text).count("pixels") == 1
    assert report.says("f0 1 k = 5")
    assert report.says("f1 1 k = 3")
    assert report.says("f2 1 –")


def test_every_sample_is_shown_with_its_fate_and_history(tmp_path: Path) -> None:
    run = Material().run()
    evidence = run.evidence
    report = page(tmp_path, run)
    facts = [dict(json.loads(a["data-facts"])) for a in report.all("button", "thumb")]
    by_id = {fact["Content id"]: fact for fact in facts}
    changed = str(evidence.test.samples.ids[0])
    assert set(by_id) == {changed, *evidence.train.samples.ids.tolist(), *evidence.pool.ids.tolist()}
    dropped = by_id[str(evidence.pool.ids[0])]
    assert dropped["Sample"] == "synthetic, dropped"
    assert dropped["Dropped by"] == "two-of-three"
    assert dropped["Why"] == "every third is dropped"
    assert dropped["Score two-of-three.place"] == "0"
    kept = by_id[str(evidence.pool.ids[10])]
    assert kept["Sample"] == "synthetic, kept"
    assert kept["Generator"] == "0" * 64
    assert kept["Seed"] == "1, place 2 in its request"
    assert "Why" not in kept


def test_the_pictures_are_the_samples(tmp_path: Path) -> None:
    run = Material().run()
    report = page(tmp_path, run)
    shown = set()
    for attributes in report.all("img"):
        data = base64.b64decode(attributes["src"].removeprefix("data:image/png;base64,"))
        shown.add(np.asarray(Image.open(io.BytesIO(data))).tobytes())
        assert attributes["alt"]
    for samples in (run.evidence.train.samples, run.evidence.pool.samples):
        assert {pixels.tobytes() for pixels in to_uint8(samples.values)} <= shown


def test_a_sampled_gallery_says_so_and_is_always_the_same(tmp_path: Path) -> None:
    report = page(tmp_path, samples_per_class=2)
    assert report.says("At most 2 of each kind are shown")
    assert report.says("kept 2 of 5")
    shown = [dict(json.loads(a["data-facts"]))["Content id"] for a in report.all("button", "thumb")]
    train = Material().train().samples
    # A closest pair and a test sample that changed come first, then the real samples of the first class.
    assert shown[3:5] == sorted(train.ids[train.labels == 0].tolist())[:2]
    (tmp_path / "few").mkdir()
    few = page(tmp_path / "few", samples=3)
    assert few.says("Shown are the first 1 of 3 classes")


def test_pairs_stand_side_by_side_and_strangers_are_left_out(tmp_path: Path) -> None:
    run = Material().run()
    pool, train = run.evidence.pool, run.evidence.train.samples
    pairs = (
        Pair(candidate=str(pool.ids[0]), training=str(train.ids[3]), distance=0.25),
        Pair(candidate="nobody", training=str(train.ids[0]), distance=0.0),
    )
    findings = Findings(validator="m", figures=(Figure(title="Near", pairs=pairs),))
    report = page(tmp_path, dataclasses.replace(run, findings=(findings,)))
    assert len(report.all("li", "pair")) == 1
    assert report.says("distance 0.250")
    assert report.says("Shown are 1 of 2 pairs")


def test_other_peoples_text_cannot_become_markup(tmp_path: Path) -> None:
    run = Material().run()
    spec = run.evidence.spec.model_copy(update={"class_names": (EVIL, "b", "c")})
    funnel = run.evidence.funnel
    reasons = np.where(funnel.kept, "", EVIL)
    run = with_evidence(
        run,
        train=dataclasses.replace(run.evidence.train, spec=spec),
        funnel=dataclasses.replace(
            funnel, reasons=reasons, warnings=(EVIL,), remarks=(EVIL,), selectors=((EVIL, 16),)
        ),
    )
    evil = Findings(
        validator=EVIL,
        findings=(Finding(name=EVIL, value=1.0, note=EVIL, per_class={EVIL: 1.0}),),
        figures=(Figure(title=EVIL, caption=EVIL, chart={"data": [{"name": EVIL}], "layout": {}}),),
        verdict=Verdict(
            label="helps",
            metric=EVIL,
            baseline=EVIL,
            effect=1,
            interval=(0, 2),
            minimum_detectable_effect=1,
            sentence=EVIL,
        ),
        warnings=(EVIL,),
    )
    run = dataclasses.replace(
        run,
        findings=(evil,),
        config={"source": {"use": EVIL}},
        versions={EVIL: EVIL},
        audit={"samples": 1, "problems": [EVIL], "notes": [EVIL]},
        history={EVIL: [1.0, 2.0]},
    )
    report = page(tmp_path, run)
    assert not [a for _, a in report.tags if "onerror" in a or a.get("src") == "x"]
    assert report.all("dialog")
    assert [chart["data"][0].get("name") for chart in report.charts] == [EVIL, EVIL]
    facts = [dict(json.loads(a["data-facts"])) for a in report.all("button", "thumb")]
    assert EVIL in {fact.get("Why") for fact in facts}
    assert EVIL in {fact["Class"] for fact in facts}


def test_the_same_run_gives_the_same_bytes_and_no_path(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = page(tmp_path / "a").html, page(tmp_path / "b").html
    assert first == second
    assert str(tmp_path) not in first


@pytest.mark.parametrize("shape", [(3, 48, 48), (4, 64, 200), (2, 8, 8), (1, 8, 8)])
def test_images_of_any_size_and_channels_are_shown(tmp_path: Path, shape: tuple[int, ...]) -> None:
    report = page(tmp_path, Material(shape).run())
    kind = "png" if max(shape[1:]) <= 40 else "webp"
    sources = [a["src"] for a in report.all("img")]
    assert len(sources) > 18 + 24
    for source in sources[:3]:
        data = base64.b64decode(source.removeprefix(f"data:image/{kind};base64,"))
        with Image.open(io.BytesIO(data)) as image:
            assert max(image.size) <= 128


def test_signals_are_drawn(tmp_path: Path) -> None:
    report = page(tmp_path, Material((2, 300)).run())
    (svg,) = re.findall("<svg.*?</svg>", report.html)[:1]
    assert svg.count("<polyline") == 2
    assert "nan" not in svg


def test_vectors_have_a_table_in_the_place_of_pictures(tmp_path: Path) -> None:
    run = Material((6,)).run()
    report = page(tmp_path, run)
    assert report.says("cannot be shown as pictures")
    assert not report.all("button", "thumb")
    mean = float(run.evidence.train.samples.values[run.evidence.train.samples.labels == 0].mean(axis=0)[0])
    assert report.says(words.number(mean))
    assert report.says("None of its 1 pairs can be shown as pictures")


def test_an_empty_pool_and_a_bare_run_have_a_page(tmp_path: Path) -> None:
    run = Material().run()
    none = np.zeros(0, dtype=np.int64)
    empty = with_evidence(run, pool=run.evidence.pool.take(none), funnel=Funnel.of(0))
    bare = dataclasses.replace(empty, findings=(), history={}, audit={}, versions={}, config={})
    report = page(tmp_path, bare)
    assert report.says("There was no selector")
    assert not report.charts
    assert len(report.html) < 200_000  # no chart, no plotly


def test_many_classes_share_the_place(tmp_path: Path) -> None:
    run = Material().run()
    names = tuple(f"class {n}" for n in range(400))
    spec = run.evidence.spec.model_copy(update={"class_names": names})
    report = page(tmp_path, with_evidence(run, train=dataclasses.replace(run.evidence.train, spec=spec)))
    assert report.says("At most 1 of each kind")
    assert report.says("first 300 of 400 classes")
    assert report.says("Samples of each of the 400 classes")


def test_intervals_of_arms_are_drawn_where_the_validator_draws_nothing(tmp_path: Path) -> None:
    arms = tuple(
        Finding(name=f"accuracy[{arm}]", value=value, interval=(value - 0.01, value + 0.02))
        for arm, value in (("real only", 0.8), ("real + selected", 0.9))
    )
    run = dataclasses.replace(
        Material().run(), history={}, findings=(Findings(validator="v", findings=arms),)
    )
    (chart,) = page(tmp_path, run).charts
    (trace,) = chart["data"]
    assert trace["x"] == [0.8, 0.9]
    assert trace["y"] == ["real only", "real + selected"]
    assert np.allclose(trace["error_x"]["array"], 0.02)
    assert np.allclose(trace["error_x"]["arrayminus"], 0.01)


def test_what_real_data_alone_have_is_a_line_in_the_chart() -> None:
    found = tuple(
        Finding(
            name=f"distance[{part}]",
            title=f"distance in words[{words}]",
            value=1.0,
            interval=(0.5, 1.5),
            reference=0.25,
        )
        for part, words in (("selected", "kept candidates"), ("pool", "all candidates"))
    )
    ((what, chart),) = charts.arms(Findings(validator="v", findings=found))
    assert what == "distance in words"
    assert chart["data"][0]["y"] == ["kept candidates", "all candidates"]
    (line,) = chart["layout"]["shapes"]
    assert line["x0"] == line["x1"] == 0.25


def test_a_heading_of_findings_is_shown(tmp_path: Path) -> None:
    findings = Findings(validator="v", title="Are they near (C_T)?", findings=(Finding(name="x", value=1.0),))
    report = page(tmp_path, dataclasses.replace(Material().run(), findings=(findings,)))
    assert report.says("Are they near (C_T)?")
    assert not report.says("Measured: v")


def test_training_curves_join_the_losses_and_name_the_steps() -> None:
    history = {"step": [10, 20], "loss_d": [1.0, float("inf")], "loss_g": [2.0, 3.0], "p": [0.1, 0.2, 0.3]}
    drawn = {title: chart["data"] for title, _, chart in charts.curves(history)}
    assert list(drawn) == ["Losses", "Penalties"]
    assert [trace["name"] for trace in drawn["Losses"]] == ["discriminator", "generator"]
    assert drawn["Losses"][0]["x"] == [10, 20]
    assert drawn["Losses"][0]["y"] == [1.0, None]
    assert drawn["Penalties"][0]["x"] == [1, 2, 3]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (12, "12"),
        (0.8, "0.800"),
        (0.999999, "1.00"),
        (-0.03125, "−0.0312"),
        (12.345, "12.3"),
        (123456.7, "123,457"),
        (-0.00042, "−4.20 × 10⁻⁴"),
        (float("nan"), "–"),
        (float("-inf"), "−∞"),
        (None, "–"),
    ],
)
def test_numbers_are_written_for_people(value: float | None, text: str) -> None:
    assert words.number(value) == text


def test_an_interval_has_the_same_decimals_at_both_ends() -> None:
    assert words.interval((-0.0274, 0.0014)) == "−0.0274 to 0.0014"
    assert words.alike((-0.00004, 1.5), signed=True) == ["+0.00", "+1.50"]
    assert words.interval((0.0, float("inf"))) == "0 to ∞"
    assert words.interval(None) == "–"


def test_cautions_are_said_once_and_name_copies_across_views() -> None:
    funnel = dataclasses.replace(Funnel.of(1), warnings=("a: b",))
    findings = (Findings(validator="v", warnings=("few",)), Findings(validator="w", warnings=("few",)))
    audit = {"near_copies_across_views": 1, "notes": ["odd"]}
    said = words.cautions(findings, funnel, audit, ["it diverged", "few"])
    assert said[:2] == ["it diverged", "few"]
    assert re.match("1 sample of the validation and test views nearly copy", said[2])
    assert said[3:] == ["odd", "a: b"]


def test_what_the_generator_warns_of_is_on_the_page(tmp_path: Path) -> None:
    assert page(tmp_path).says("The formula <was> not fitted")


def test_twins_in_the_pool_are_both_shown(tmp_path: Path) -> None:
    run = Material().run()
    pool = run.evidence.pool
    values = pool.samples.values.copy()
    values[1] = values[2]
    twins = dataclasses.replace(pool, samples=Samples(values, pool.samples.labels))
    report = page(tmp_path, with_evidence(run, pool=twins))
    facts = [dict(json.loads(a["data-facts"])) for a in report.all("button", "thumb")]
    assert sum(fact["Content id"] == twins.ids[2] for fact in facts) == 2
