"""Findings of one shape share a table, and no value, interval, n, reference or note of theirs is lost."""

import dataclasses
from pathlib import Path

from genaug.data import Finding, Findings
from genaug.testing.material import Material
from genaug_plugins.exporters.html_report import HtmlReportExporter
from genaug_plugins.exporters.html_report.by_class import by_class
from genaug_plugins.exporters.html_report.pivots import pivoted

ARMS = ("real", "real + classical", "real + selected")


def scores(*measures: str, arms: tuple[str, ...] = ARMS) -> list[Finding]:
    return [
        Finding(
            name=f"{measure}[{arm}]",
            value=place + step / 10,
            better="lower" if measure == "log_loss" else "higher",
            interval=(place + step / 10 - 0.5, place + step / 10 + 0.5),
            n=40,
            reference=0.25 if measure == "accuracy" else None,
            note=f"only {measure}; everywhere; of {arm}; {measure} of {arm}",
        )
        for place, measure in enumerate(measures, start=1)
        for step, arm in enumerate(arms, start=1)
    ]


def test_measures_of_the_same_arms_are_a_row_an_arm_and_the_leading_one_comes_first() -> None:
    single = Finding(name="gain over real", value=1.0)
    other = Finding(name="cost[real]", value=1.0)
    (table,), left = pivoted([*scores("log_loss", "accuracy"), single, other], "accuracy on the test view")
    assert left == [single, other]
    assert [(head.name, head.better) for head in table.across] == [
        ("accuracy", "higher"),
        ("log loss", "lower"),
    ]
    assert [head.name for head, _ in table.down] == list(ARMS)
    assert [[cell.value for cell in cells] for _, cells in table.down] == [
        ["2.10", "1.10"],
        ["2.20", "1.20"],
        ["2.30", "1.30"],
    ]
    assert table.down[0][1][0].interval == "1.60 to 2.60"


def test_what_values_share_is_said_once_and_what_they_do_not_share_is_said_of_each() -> None:
    (table,), _ = pivoted(scores("log_loss", "accuracy"), "")
    log_loss, accuracy = table.across
    notes = table.notes
    assert notes.everywhere == ["everywhere", "each value: n = 40"]
    assert [notes.footnotes[mark - 1] for mark in log_loss.marks] == ["only log_loss"]
    assert [notes.footnotes[mark - 1] for mark in table.down[1][0].marks] == ["of real + classical"]
    assert ("accuracy · real", "accuracy of real") in notes.alone
    assert len(notes.alone) == 6
    assert (log_loss.common, accuracy.common) == ("", "reference 0.250")


def test_n_and_references_that_differ_stand_with_their_value() -> None:
    found = scores("log_loss", "accuracy")
    found[0] = found[0].model_copy(update={"n": 7, "reference": 0.5})
    found[1] = found[1].model_copy(update={"reference": 0.75})
    (table,), _ = pivoted(found, "")
    assert table.down[0][1][0].apart == "reference 0.500, n = 7"
    assert table.down[0][1][1].apart == "n = 40"
    assert table.down[1][0].common == "n = 40"


def test_many_measures_of_few_arms_go_down() -> None:
    measures = tuple(f"m{n}" for n in range(5))
    (table,), _ = pivoted(scores(*measures, arms=("a", "b")), "m3")
    assert [head.name for head in table.across] == ["a", "b"]
    assert [head.name for head, _ in table.down] == ["m3", "m0", "m1", "m2", "m4"]
    assert [cell.value for cell in table.down[0][1]] == ["4.10", "4.20"]


def test_measures_of_other_arms_stay_in_the_list() -> None:
    found = [*scores("a", arms=("x", "y")), *scores("b", arms=("x", "z")), *scores("c", arms=("x",))]
    assert pivoted(found, "") == ([], found)


def test_values_by_class_are_a_column_an_arm_or_a_column_a_measure() -> None:
    def one(name: str, **per_class: float) -> Finding:
        return Finding(name=name, value=0.0, per_class=per_class)

    found = [
        one("recall[real]", cat=0.5, dog=0.75),
        one("recall[real + selected]", dog=1.0),
        one("density[selected]", cat=2.0),
        one("coverage[selected]", cat=3.0),
        one("alone[selected x]", cat=3.0),
        one("gain", cat=3.0),
    ]
    (recall, selected), done = by_class(found)
    assert (recall.title, recall.columns) == ("recall", ["real", "real + selected"])
    assert recall.rows == [("cat", ["0.500", "–"]), ("dog", ["0.750", "1"])]
    assert (selected.title, selected.columns) == ("selected", ["density", "coverage"])
    assert selected.rows == [("cat", ["2", "3"])]
    assert done == {finding.name for finding in found[:4]}


def test_recalls_of_balanced_accuracy_are_a_table_of_their_own() -> None:
    def one(name: str, measure: str, **per_class: float) -> Finding:
        return Finding(name=name, value=0.5, per_class=per_class, class_measure=measure)

    found = [
        one("balanced accuracy[real]", "recall", cat=0.5),
        one("balanced accuracy[real + selected]", "recall", cat=0.75),
        one("balanced accuracy gain[over real]", "recall gain", cat=0.25),
    ]
    (recall, gain), done = by_class(found)
    assert (recall.title, recall.columns) == ("recall", ["real", "real + selected"])
    assert (gain.title, gain.columns, gain.rows) == ("recall gain", ["over real"], [("cat", ["0.250"])])
    assert len(done) == 3


def test_p_values_are_in_the_cells() -> None:
    found = [
        Finding(name=f"{what} gain[{arm}]", value=0.1, interval=(0.0, 0.2), p=p)
        for what, p in (("accuracy", 0.0123), ("AUROC", None))
        for arm in ("over real", "over real + classical")
    ]
    (table,), _ = pivoted(found, "accuracy on the test view")
    cells = [cell.apart for _, row in table.down for cell in row]
    assert sorted(cells) == ["", "", "p = 0.0123", "p = 0.0123"]


def test_the_page_shows_them_and_lists_the_rest(tmp_path: Path) -> None:
    found = (*scores("log_loss", "accuracy"), Finding(name="gain", value=9.25, note="a note"))
    run = dataclasses.replace(Material().run(), findings=(Findings(validator="v", findings=found),))
    HtmlReportExporter().export(run, tmp_path)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert html.count('<table class="pivot stack">') == 1
    assert "Other values" in html
    assert "9.25" in html
    for finding in found:
        for note in finding.note.split("; "):
            assert note in html or note.capitalize() in html
