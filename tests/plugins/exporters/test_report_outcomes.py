"""Confusion matrices and changed samples of the report, of any kind of sample."""

import json
from pathlib import Path

import pytest

from genaug.data import ChangedSample, Changes, Findings, PredictedClasses
from genaug.testing.material import Material
from genaug_plugins.exporters.html_report import HtmlReportExporter
from genaug_plugins.exporters.html_report.outcomes import MATRIX, outcomes
from genaug_plugins.exporters.html_report.samples import Gallery


def test_a_matrix_holds_shares_of_the_true_class() -> None:
    predicted = PredictedClasses(arm="real", seeds=2, counts={"a": {"a": 6, "b": 2}, "b": {"b": 4}})
    findings = Findings(validator="v", predicted=(predicted,))
    gallery = Gallery(Material().run().evidence)
    (matrix,) = outcomes(findings, ["a", "b", "c"], gallery, 3)["matrices"]
    assert matrix.rows == [
        ("a", [(75.0, "75", True), (25.0, "25", False), (0.0, "", False)]),
        ("b", [(0.0, "", False), (100.0, "100", True), (0.0, "", False)]),
    ]
    assert matrix.listed == [("a", "b", "25", "1.0")]


def test_of_many_classes_the_confusions_are_listed() -> None:
    names = [f"class {n}" for n in range(MATRIX + 1)]
    predicted = PredictedClasses(arm="real", seeds=1, counts={one: {names[0]: 1} for one in names})
    gallery = Gallery(Material().run().evidence)
    found = outcomes(Findings(validator="v", predicted=(predicted,)), names, gallery, 3)
    assert found["matrices"][0].rows == []
    assert len(found["matrices"][0].listed) == MATRIX


@pytest.mark.parametrize(
    ("material", "pictures"),
    [
        (Material(), 1),
        (Material.of_table(), 1),
        (Material.of_text(), 1),
        (Material((2, 30)), 1),
        (Material((6,)), 0),
    ],
    ids=["image", "table", "text", "signal", "vector"],
)
def test_changed_samples_are_shown_in_their_form(tmp_path: Path, material: Material, pictures: int) -> None:
    HtmlReportExporter().export(material.run(), tmp_path)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.count('class="changed-list"') == pictures
    assert "wrong → right" in html
    assert "right → wrong" in html
    assert ("<code>" + material.run().evidence.test.samples.ids[0][:10] in html) == (not pictures)


def test_a_changed_sample_that_is_not_in_the_run_is_left_out() -> None:
    changed = ChangedSample(sample="nobody", label="a", before="b", after="a", right_before=0, right_after=2)
    changes = Changes(before="real", after="more", seeds=2, to_right=1, to_wrong=0, samples=(changed,))
    gallery = Gallery(Material().run().evidence)
    (found,) = outcomes(Findings(validator="v", changes=(changes,)), ["a", "b"], gallery, 3)["changes"]
    assert found["net"] == "+1"
    assert found["groups"][0][2][0].shown is None


def test_findings_of_an_older_run_have_no_outcomes() -> None:
    old = json.loads(Material().run().findings[0].model_dump_json())
    del old["predicted"], old["changes"]
    assert Findings.model_validate(old).predicted == ()
