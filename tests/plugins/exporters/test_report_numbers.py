"""What the page says is what the findings and the funnel hold: recomputed from a real run."""

import base64
import gzip
import json
import re
from html import unescape
from pathlib import Path

import pytest

from genaug import Pipeline
from genaug.data import Finding, Findings
from genaug.data.funnel_files import load_funnel
from genaug_plugins.exporters.html_report.words import alike, interval, number

CONFIG = {
    "source": {"use": "sklearn-digits"},
    "split": {"train_per_class": 6, "validation_per_class": 5, "test_per_class": 10},
    "generator": {"use": "gaussian"},
    "strategy": {"use": "class-balance", "add": 6},
    "selectors": [{"use": "random", "share": 0.5}],
    "extractor": {"use": "pixels"},
    "task": {"use": "classification", "model": {"use": "logistic-regression"}},
    "validators": [{"use": "downstream", "seeds": 3}, {"use": "decomposition"}],
    "exporters": [{"use": "html-report"}],
    "hooks": [],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("numbers")
    Pipeline.model_validate(CONFIG).run(folder)
    return folder


def found(folder: Path, validator: str) -> Findings:
    (path,) = (folder / "store").glob(f"validate-{validator}-*/findings.json")
    return Findings.model_validate_json(path.read_text(encoding="utf-8"))


def text(folder: Path) -> str:
    html = (folder / "html-report" / "report.html").read_text(encoding="utf-8")
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def test_the_verdict_is_the_difference_of_its_two_arms(folder: Path) -> None:
    findings = found(folder, "downstream")
    verdict = findings.verdict
    assert verdict is not None
    values = {finding.name: finding.value for finding in findings.findings}
    leading = verdict.metric.removesuffix(" on the test view")
    difference = values[f"{leading}[{verdict.augmented}]"] - values[f"{leading}[{verdict.baseline}]"]
    assert difference == pytest.approx(verdict.effect)
    effect, low, high = alike((difference, *verdict.interval), signed=True)
    assert f": {effect} , 95 % interval {low} to {high}." in text(folder)


def test_every_value_and_interval_of_the_findings_is_on_the_page(folder: Path) -> None:
    page = text(folder)
    for finding in (*found(folder, "downstream").findings, *found(folder, "decomposition").findings):
        assert any(text in page for text in written(finding)), finding.name


def written(finding: Finding) -> list[str]:
    """Return the value with its interval as the page may write them: decimals are a table's own."""
    if finding.interval is None:
        return [number(finding.value)]
    low, high = finding.interval
    fixed = [[f"{end:.{n}f}".replace("-", "−") for end in (finding.value, low, high)] for n in (3, 4, 5)]
    return [
        f"{number(finding.value)} {interval(finding.interval)}",
        *(f"{value} {a} to {b}" for value, a, b in fixed),
    ]


def test_the_counts_are_those_of_the_funnel(folder: Path) -> None:
    (chain,) = (folder / "store").glob("select-random-*")
    funnel = load_funnel(chain)
    page = text(folder)
    assert f"generated {len(funnel.kept)} synthetic candidates, kept {funnel.kept.sum()} of them" in page
    for step, left in funnel.selectors:
        assert f"{step} {left} (" in page


def test_the_config_versions_and_artifacts_are_on_the_page(folder: Path) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    page = text(folder)
    fitted = next(stage for stage in record["stages"] if stage["name"] == "fit")
    assert fitted["fingerprint"] in page
    for part in ("sklearn-digits", "class-balance", "logistic-regression", "train_per_class: 6"):
        assert part in page
    assert "Training view, 60 samples" in page
    assert "Test view, 100 samples" in page


def test_the_embedding_has_its_pictures(folder: Path) -> None:
    html = (folder / "html-report" / "report.html").read_text(encoding="utf-8")
    (packed,) = re.findall(r'id="behind">([^<]*)<', html)
    behind = json.loads(gzip.decompress(base64.b64decode(packed)))
    scatter = found(folder, "decomposition").figures[0]
    total = sum(map(len, scatter.samples))
    assert total == 60 + 150 + len(scatter.samples[2])
    assert sum(map(len, behind["points"].values())) == total
