"""Numbers of columns: how they are written, and which beginnings can end within the bounds."""

import numpy as np
import pytest

from genaug_plugins.language.numbers import Numbers


@pytest.mark.parametrize(
    ("values", "decimals", "texts"),
    [
        ([1.5, 2.25], 2, ["1.50", "2.25"]),
        ([-3.0, 4.0], 0, ["-3", "4"]),
        ([0.1234567, 0.9], 6, ["0.123457", "0.900000"]),
        ([1e300, 2e300], 0, ["1", "2"]),
        ([1.5e-12, 3e-12], 1, ["1.5", "3.0"]),
        ([7.0, 7.0], 0, ["7", "7"]),
        ([0.0, 0.0], 0, ["0", "0"]),
    ],
)
def test_numbers_are_written_with_the_decimals_of_the_column(
    values: list[float], decimals: int, texts: list[str]
) -> None:
    numbers = Numbers.of(np.array(values), whole=False)
    assert numbers.decimals == decimals
    assert [numbers.text(value) for value in values] == texts
    for value, text in zip(values, texts, strict=True):
        assert numbers.value(text) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    ("low", "high", "decimals"), [(0, 120, 0), (-35, 8, 0), (9.5, 10.5, 1), (-0.04, 0.31, 2), (7, 7, 0)]
)
def test_whatever_is_possible_ends_within_the_bounds(low: float, high: float, decimals: int) -> None:
    numbers = Numbers(low, high, decimals)
    found, waiting = set(), [""]
    while waiting:
        text = waiting.pop()
        assert numbers.possible(text)
        longer = [text + character for character in "0123456789.-" if numbers.possible(text + character)]
        assert longer or numbers.complete(text), f"{text!r} leads nowhere"
        waiting += longer
        if numbers.complete(text):
            value = numbers.value(text)
            assert value is not None
            assert low <= value <= high
            found.add(value + 0.0)
    steps = round((high - low) * 10**decimals)
    assert len(found) == steps + 1


@pytest.mark.parametrize("text", ["", "-", "12.", "1e3", "07", "121", "12.5", " 12", "nan", "²"])
def test_other_texts_are_no_numbers_of_the_column(text: str) -> None:
    assert Numbers(0, 120, 0).value(text) is None


def test_whole_numbers_are_exact() -> None:
    values = np.array([2.0**53, -(2.0**53), 3.0])
    numbers = Numbers.of(values, whole=True)
    assert [numbers.value(numbers.text(value)) for value in values] == values.tolist()
