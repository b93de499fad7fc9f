"""The first screen says nothing that the verdict's numbers do not hold."""

import math
from typing import Any

import pytest

from genaug.data import BaselineGain, Verdict
from genaug_plugins.exporters.html_report.summary import MARKS, summary


def gain(over: str, effect: float, low: float, high: float) -> BaselineGain:
    return BaselineGain(over=over, effect=effect, interval=(low, high), p=0.5, minimum_detectable_effect=0.02)


def verdict(label: Any, *gains: BaselineGain, **changes: Any) -> Verdict:
    fields = {
        "label": label,
        "metric": "accuracy on the test view",
        "baseline": gains[0].over if gains else "real",
        "augmented": "real + selected",
        "effect": gains[0].effect if gains else math.nan,
        "interval": gains[0].interval if gains else (math.nan, math.nan),
        "minimum_detectable_effect": 0.024,
        "gains": gains,
        "best_arm": "real + repeats",
        "best_score": 0.912,
        "best_interval": (0.897, 0.924),
        "best_choice": "chosen on the validation view",
        "sentence": f"{label}: so it is",
    }
    return Verdict(**(fields | changes))


def test_where_they_help_the_smallest_gain_is_the_worth() -> None:
    first = summary(
        verdict("helps", gain("real", 0.02, 0.01, 0.03), gain("real + classical", 0.05, 0.04, 0.06))
    )
    assert first.step == "Train on real + selected"
    assert first.worth == [
        "+0.020 (+0.010 to +0.030) in accuracy, compared with real: the smallest of the gains, and the one "
        "to plan with."
    ]


def test_where_they_hurt_leaving_them_out_is_worth_the_loss() -> None:
    first = summary(verdict("hurts", gain("real", -0.02, -0.03, -0.01)))
    assert first.step == "Leave these synthetic samples out"
    assert first.worth == ["+0.020 (+0.010 to +0.030) in accuracy, compared with training on them."]


def test_without_an_effect_the_best_set_the_most_and_what_more_data_finds_are_said() -> None:
    found = verdict(
        "no measurable effect",
        gain("real", -0.005, -0.013, 0.003),
        gain("real + repeats", -0.002, -0.01, 0.006),
    )
    first = summary(found)
    assert first.step == "Train on real + repeats"
    assert first.worth == [
        "+0.002 (−0.006 to +0.010) in accuracy, compared with real + selected.",
        "At most, by the 95 % interval, these synthetic samples add +0.003 in accuracy over real.",
        "This comparison finds gains from +0.024; one with four times the seeds and test samples, from about "
        "+0.012.",
    ]


def test_without_a_comparison_no_worth_is_invented() -> None:
    first = summary(verdict("not enough data to say", minimum_detectable_effect=math.nan, best_arm=""))
    assert first.worth == ["Nothing was compared, so no gain can be expected from this run."]
    assert first.best == ""
    assert first.sentence == "so it is"


def test_a_verdict_of_an_older_run_has_a_first_screen() -> None:
    old = verdict("helps", baseline="real", effect=0.02, interval=(0.01, 0.03), best_arm="", best_score=None)
    first = summary(old)
    assert first.worth[0].startswith("+0.020 (+0.010 to +0.030)")
    assert first.score == ""


def test_outcomes_differ_by_a_mark() -> None:
    assert len(set(MARKS.values())) == 4


@pytest.mark.parametrize("label", MARKS)
def test_the_scale_is_that_of_the_verdict(label: Any) -> None:
    assert summary(verdict(label, gain("real", 0.02, 0.01, 0.03))).scale is not None
