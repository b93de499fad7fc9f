"""Top-k on hand-made candidates: who judges, who is kept, and why."""

import numpy as np
import pytest

from genaug.errors import PluginFailed
from genaug.testing import parametrize_with_checks
from genaug_plugins.selectors.top_k import TopKSelector


@parametrize_with_checks(
    [
        TopKSelector(judge={"use": "classification", "model": {"use": "small-cnn", "steps": 2}}, folds=2),
        TopKSelector(
            judge={"use": "classification", "model": {"use": "small-cnn", "steps": 2}},
            folds=1,
            max_per_class=2,
            min_per_class=1,
        ),
    ]
)
def test_promises(component: TopKSelector, check) -> None:  # type: ignore[no-untyped-def]
    check(component)


def test_what_the_judges_take_for_its_class_is_kept(hand_made) -> None:  # type: ignore[no-untyped-def]
    # Two right ones, one mislabelled, one between left and right but nearer to right.
    given = hand_made.candidates([[-3, 0], [3, 0], [3, 0], [0.4, 0]], [0, 1, 0, 0])
    found = TopKSelector(k=1, judge=hand_made.judge).select(given, hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, True, False, False])
    np.testing.assert_array_equal(found.scores["rank"], [1, 1, 2, 2])
    assert found.reasons[2] == "the judge ranked its class 2 of 3; rank 1 is the last kept"
    assert found.scores["probability"][0] > 0.99 > 0.5 > found.scores["probability"][3]
    assert set(found.scores["judge"]) <= {0, 1, 2, 3, 4}
    wider = TopKSelector(k=2, judge=hand_made.judge).select(given, hand_made.train(), hand_made.context())
    assert wider.kept.all()


def test_no_judge_judges_what_was_made_from_its_training_samples(hand_made) -> None:  # type: ignore[no-untyped-def]
    # A training sample of `left` amid `right`: a judge that saw it in a class of three takes it for left.
    view = hand_made.view([[-3, 0], [-3, 0.5], [3, 0], [3, 1], [3, 0.5], [3, -0.5]], [0, 0, 0, 1, 1, 1])
    view = hand_made.view(
        np.concatenate([view.samples.values, [[3, -1], [0, 9], [0, 9.5], [0, 8.5]]]),
        [*view.samples.labels, 1, 2, 2, 2],
    )
    copy = view.samples.values[2]
    started = hand_made.candidates([copy], [0], sources=[str(view.samples.ids[2])])
    copied = hand_made.candidates([copy], [0])
    for given in (started, copied):
        found = TopKSelector(judge=hand_made.judge, folds=3).select(given, view, hand_made.context())
        alone = TopKSelector(judge=hand_made.judge, folds=1).select(given, view, hand_made.context())
        # Without that sample the mean of `left` is (-3, ·), with it (-1, ·).
        assert found.scores["probability"][0] < 1e-12 < alone.scores["probability"][0]


def test_the_notes_say_what_the_filter_is_worth(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-3, 0], [3, 0]], [0, 2])
    found = TopKSelector(k=1, judge=hand_made.judge).select(given, hand_made.train(), hand_made.context())
    assert any("classify 100.0% of 60 training samples correctly" in note for note in found.remarks)
    found = TopKSelector(k=3, judge=hand_made.judge, folds=1).select(
        given, hand_made.train(), hand_made.context()
    )
    assert any("a single judge" in note for note in found.warnings)


def test_nothing_is_kept_of_a_class_no_judge_can_know(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[0, 9], [-3, 0]], [2, 0])
    view = hand_made.train((20, 20, 0))
    found = TopKSelector(k=3, judge=hand_made.judge).select(given, view, hand_made.context())
    np.testing.assert_array_equal(found.kept, [False, True])
    assert found.reasons[0] == "its class has no training samples: no judge was trained on it"
    assert np.isnan(found.scores["rank"][0])


def test_no_candidates_give_the_same_scores(hand_made) -> None:  # type: ignore[no-untyped-def]
    selector = TopKSelector(judge=hand_made.judge)
    none = selector.select(hand_made.candidates([], []), hand_made.train(), hand_made.context())
    one = selector.select(hand_made.candidates([[-3, 0]], [0]), hand_made.train(), hand_made.context())
    assert none.kept.shape == (0,)
    assert none.scores.keys() == one.scores.keys() == {"probability", "rank", "judge"}


def test_a_quota_takes_the_most_probable_and_fills_up(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-3, 0], [-0.3, 0], [0.3, 0], [3, 0]], [0, 0, 0, 0])
    selector = TopKSelector(judge=hand_made.judge, max_per_class=1)
    found = selector.select(given, hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, False, False, False])
    filled = TopKSelector(judge=hand_made.judge, min_per_class=3)
    found = filled.select(given, hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, True, True, False])


def test_a_judge_that_says_nothing_is_refused(hand_made) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PluginFailed, match="the model 'broken' returned"):
        TopKSelector(judge=hand_made.broken_judge).select(
            hand_made.clouds(2), hand_made.train(), hand_made.context()
        )


def test_the_real_judge(hand_made) -> None:  # type: ignore[no-untyped-def]
    given = hand_made.candidates([[-3, 0], [3, 0], [0, 9], [3, 0.5]], [0, 1, 2, 0])
    found = TopKSelector(folds=2).select(given, hand_made.train(), hand_made.context())
    np.testing.assert_array_equal(found.kept, [True, True, True, False])


def test_it_is_the_same_in_python_and_in_a_file() -> None:
    selector = TopKSelector.model_validate(
        {"k": 2, "judge": {"use": "classification", "model": {"use": "small-cnn", "steps": 5}}}
    )
    written = {key: value for key, value in selector.model_dump().items() if key != "use"}
    assert TopKSelector.model_validate(written) == selector
