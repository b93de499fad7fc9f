"""Values are drawn until they are accepted, a bounded number of times."""

from collections.abc import Sequence

import numpy as np

from genaug_plugins.language.accepting import Verdict, draw_accepted, own_generators


def drawn(
    tries: Sequence[Sequence[str]], attempts: int, distinct: bool = True
) -> tuple[list[str | None], dict[str, int], dict[str, int]]:
    """Draw values that are listed for each place."""
    left = [list(values) for values in tries]
    lasts = []

    def draw(places: Sequence[int], last: bool) -> list[str]:
        lasts.append(last)
        return [left[place].pop(0) for place in places]

    def judge(value: str) -> Verdict[str]:
        if not value:
            return Verdict(None, "empty")
        return Verdict(value, "copied" if value == "known" else "")

    accepted = draw_accepted(len(tries), attempts, draw, judge, str.casefold if distinct else None)
    assert lasts[-1] == (len(lasts) == attempts)
    assert not any(lasts[:-1])
    return accepted.values, dict(accepted.refused), dict(accepted.kept)


def test_refused_values_are_drawn_again_and_counted() -> None:
    tries = [["a"], ["", "known", "b"], ["A", "c"]]
    assert drawn(tries, 5) == (["a", "b", "c"], {"empty": 1, "copied": 1, "repeated": 1}, {})
    assert drawn([["a"], ["a"]], 5, distinct=False) == (["a", "a"], {}, {})


def test_the_last_value_that_can_be_kept_is_kept() -> None:
    assert drawn([["known", "known"], ["", ""]], 2) == (
        ["known", None],
        {"copied": 1, "empty": 2},
        {"copied": 1},
    )


def test_earlier_places_come_first_among_equal_values() -> None:
    values, refused, _ = drawn([["x"], ["x", "z"], ["y"]], 3)
    assert values == ["x", "z", "y"]
    assert refused == {"repeated": 1}


def test_each_sample_has_a_generator_of_its_own() -> None:
    few, many = (own_generators(count, np.random.default_rng(0)) for count in (2, 5))
    assert [one.random() for one in few] == [one.random() for one in many[:2]]
