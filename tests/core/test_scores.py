"""What limits a class make of scores."""

import dataclasses
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from genaug import Candidates, Context, RankingSelector
from genaug.data import Funnel, Origin, Pool, Samples, SampleSpec, Scores, Selection, TrainView
from genaug.data.scores import select_by_scores
from genaug.errors import RenamedWarning

SPEC = SampleSpec(modality="vector", shape=(1,), class_names=("a", "b", "c"))


def pool(labels: Sequence[int]) -> Pool:
    values = np.arange(len(labels), dtype=np.float32)[:, None]
    place = np.arange(len(labels))
    made = Samples(values, np.array(labels, dtype=np.int64))
    return Pool(SPEC, made, (Origin("g", 0),), np.zeros_like(place), place)


def scored(passed: Sequence[bool], ranking: Sequence[float], keys: Sequence[float] | None = None) -> Scores:
    return Scores(
        np.array(passed, dtype=np.bool_),
        np.array(ranking, dtype=np.float64),
        "not good enough",
        {"worth": np.array(ranking, dtype=np.float64)},
        random_keys=None if keys is None else np.array(keys, dtype=np.float64),
    )


def kept(selection: Selection) -> list[int]:
    return np.flatnonzero(selection.kept).tolist()


def test_without_limits_what_passed_is_kept() -> None:
    selection = select_by_scores(scored([True, False, True], [1, 2, 3]), pool([0, 0, 1]), None, 0)
    assert kept(selection) == [0, 2]
    assert selection.reasons.tolist() == ["", "not good enough", ""]
    assert selection.remarks == ()


def test_max_per_class_takes_the_best_of_each_class() -> None:
    selection = select_by_scores(scored([True] * 5, [1, 3, 2, 0, 9]), pool([0, 0, 0, 1, 1]), 1, 0)
    assert kept(selection) == [1, 4]
    assert selection.reasons[0] == "passed, but not among the 1 best of its class"


def test_a_limit_may_go_by_random_keys() -> None:
    selection = select_by_scores(scored([True] * 3, [1, 2, 3], keys=[0.2, 0.9, 0.5]), pool([0, 0, 0]), 2, 0)
    assert kept(selection) == [0, 2]
    assert selection.reasons[1] == "passed, but not among the 2 drawn of its class"


def test_the_best_that_failed_fill_up_and_it_is_said() -> None:
    selection = select_by_scores(
        scored([True, False, False, False], [5, 1, 3, 9]), pool([0, 0, 0, 1]), None, 2
    )
    assert kept(selection) == [0, 2, 3]
    assert selection.remarks == (
        "kept that did not pass, as `min_per_class` is 2: 1 of 2 of 'a', 1 of 1 of 'b'",
    )


def test_a_worth_that_is_no_number_comes_last() -> None:
    selection = select_by_scores(scored([True] * 3, [np.nan, -np.inf, 0.5]), pool([0, 0, 0]), 1, 0)
    assert kept(selection) == [2]
    filled = select_by_scores(scored([False] * 2, [np.nan, 1.0]), pool([0, 0]), None, 1)
    assert kept(filled) == [1]


def test_too_few_candidates_for_a_limit_are_named() -> None:
    assert select_by_scores(scored([True], [1]), pool([1]), 3, 0).remarks == (
        "fewer candidates than `max_per_class` (3): 'a' 0, 'b' 1, 'c' 0",
    )


def test_a_reason_may_differ_from_one_to_the_next() -> None:
    scores = Scores(np.array([False, True, False]), np.zeros(3), np.array(["far", "", "unknown"]), {})
    assert select_by_scores(scores, pool([0, 0, 0]), None, 0).reasons.tolist() == ["far", "", "unknown"]


@given(st.data(), st.integers(0, 30), st.integers(0, 6), st.integers(0, 6))
def test_limits_hold_whatever_the_scores_and_in_any_order(
    data: st.DataObject, n: int, per_class: int, fill: int
) -> None:
    fill = min(fill, per_class)
    labels = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    passed = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    worth = data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))  # many ties
    candidates, scores = pool(labels), scored(passed, worth)
    selection = select_by_scores(scores, candidates, per_class, fill)
    for label in range(3):
        of_class = candidates.labels == label
        good = int((scores.passed & of_class).sum())
        expected = min(per_class, max(good, min(fill, int(of_class.sum()))))
        assert (selection.kept & of_class).sum() == expected
        best_out = scores.ranking[of_class & scores.passed & ~selection.kept].max(initial=-1)
        worst_in = scores.ranking[of_class & scores.passed & selection.kept].min(initial=9)
        assert best_out <= worst_in
    order = np.array(data.draw(st.permutations(range(n))), dtype=np.int64)
    shuffled = Scores(scores.passed[order], scores.ranking[order], "not good enough")
    again = select_by_scores(shuffled, candidates.take(order), per_class, fill)
    assert set(candidates.ids[order][again.kept]) == set(candidates.ids[selection.kept])


class AllSelector(RankingSelector):
    """A selector that gives all candidates the same score."""

    name = "all"

    def score_candidates(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
        n = len(candidates)
        return Scores(np.ones(n, dtype=np.bool_), np.zeros(n), "")


def test_the_selector_applies_its_limits() -> None:
    selection = AllSelector(max_per_class=1).select(Candidates(pool([0, 0, 1]), {}), None, None)  # type: ignore[arg-type]
    assert selection.kept.sum() == 2


def test_min_per_class_cannot_be_above_max_per_class() -> None:
    with pytest.raises(ValidationError, match="must not be above max_per_class"):
        AllSelector(max_per_class=2, min_per_class=3)


def test_the_names_of_the_last_release_work_and_say_the_new_one() -> None:
    import genaug
    import genaug.data

    with pytest.warns(FutureWarning, match=r"QuotaSelector is now called genaug\.contracts\.RankingSelector"):
        assert genaug.QuotaSelector is RankingSelector
    with pytest.warns(FutureWarning, match=r"Grades is now called genaug\.data\.Scores"):
        assert genaug.data.Grades is Scores


def test_a_selector_of_the_last_release_still_works() -> None:
    with pytest.warns(FutureWarning, match=r"GradingSelector\.grade is now called score_candidates"):

        class GradingSelector(RankingSelector):
            name: ClassVar[str] = "grading"

            def grade(self, candidates: Candidates, train: TrainView, context: Context) -> Scores:
                return AllSelector().score_candidates(candidates, train, context)

    with pytest.warns(RenamedWarning, match="'fill' is now called 'min_per_class'"):
        selector = GradingSelector.model_validate({"fill": 2})
    assert selector.min_per_class == 2


def test_scores_of_an_older_selector_have_the_old_keywords() -> None:
    ranking, keys = np.array([1.0, 2.0, 3.0]), np.array([0.2, 0.9, 0.5])
    with pytest.warns(RenamedWarning) as warned:
        scores = Scores(passed=np.ones(3, dtype=np.bool_), preference=ranking, failure="", lots=keys)  # type: ignore[call-arg]
    assert [str(one.message).partition(";")[0] for one in warned] == [
        "Scores(preference=…) is now called ranking=…",
        "Scores(lots=…) is now called random_keys=…",
    ]
    assert {one.filename for one in warned} == {__file__}
    assert scores.ranking is ranking
    assert kept(select_by_scores(scores, pool([0, 0, 0]), 2, 0)) == [0, 2]
    with pytest.warns(RenamedWarning, match=r"Scores\.lots is now called random_keys"):
        assert scores.lots is keys  # type: ignore[attr-defined]


def test_a_pool_and_a_funnel_have_their_old_fields() -> None:
    made = pool([0, 1])
    with pytest.warns(RenamedWarning, match=r"Pool\.request is now called origin"):
        assert made.request is made.origin  # type: ignore[attr-defined]
    funnel = Funnel.of(2).then("all", Selection(np.ones(2, dtype=np.bool_), np.array(["", ""])))
    with pytest.warns(RenamedWarning, match=r"Funnel\.steps is now called selectors"):
        assert funnel.steps == (("all", 2),)  # type: ignore[attr-defined]
    with pytest.warns(RenamedWarning, match=r"Funnel\(steps=…\) is now called selectors=…"):
        assert dataclasses.replace(funnel, steps=()).selectors == ()  # type: ignore[call-arg]
