"""Which made samples are kept, clipped or left out, and what is said of it."""

import numpy as np
import pytest

from genaug.data import SampleSpec
from genaug.data.acceptance import Tally, accepted
from genaug.data.columns import Column

IMAGE = SampleSpec(modality="image", shape=(1, 4, 4), class_names=("a",), value_range=(-1.0, 1.0))
TABLE = SampleSpec(
    modality="table",
    shape=(3,),
    class_names=("a",),
    columns=(
        Column(name="age", type="integer"),
        Column(name="colour", type="categorical", categories=("red", "blue")),
        Column(name="size", type="numeric", missing=True),
    ),
)


def images(*lows_and_highs: tuple[float, float]) -> np.ndarray:
    return np.stack([np.linspace(*ends, 16, dtype=np.float32).reshape(1, 4, 4) for ends in lows_and_highs])


def test_values_in_range_come_back_as_they_are() -> None:
    made = images((-1, 1), (-0.5, 0.25))
    values, good, tally = accepted(made, IMAGE)
    assert values is made
    assert good.all()
    assert tally == Tally(made=2, values=32, lowest=-1.0, highest=1.0)
    assert tally.notes(IMAGE) == []


def test_rounding_is_clipped_and_no_one_is_told() -> None:
    values, good, tally = accepted(images((-1.000001, 1.000001)), IMAGE)
    assert (values.min(), values.max()) == (-1, 1)
    assert good.all()
    assert tally.notes(IMAGE) == []


@pytest.mark.parametrize(
    ("ends", "kept"),
    [((-1.1, 1.1), True), ((-1.3, 1.0), True), ((-2.2, 2.2), False), ((0, 255), False), ((-1, 9), False)],
)
def test_a_slight_excess_is_clipped_and_a_gross_one_is_left_out(
    ends: tuple[float, float], kept: bool
) -> None:
    values, good, tally = accepted(images((-1, 1), ends), IMAGE)
    assert good.tolist() == [True, kept]
    assert np.abs(values[good]).max() <= 1
    assert (tally.out_of_range, tally.bad) == (1 - kept, 1 - kept)
    assert tally.clipped == (((images(ends) < -1) | (images(ends) > 1)).sum() if kept else 0)
    assert len(tally.notes(IMAGE)) == 1


def test_one_hot_pixel_is_clipped() -> None:
    made = images((-1, 1))
    made[0, 0, 2, 2] = 1.5
    values, good, tally = accepted(made, IMAGE)
    assert good.all()
    assert values[0, 0, 2, 2] == 1
    assert "6.25% of the values made were outside -1 … 1 (from -1 to 1.5) and were clipped" in tally.notes(
        IMAGE
    )


def test_what_is_not_finite_is_left_out() -> None:
    made = images((-1, 1), (-1, 1), (-1, 1))
    made[0, 0, 0, 0], made[2, 0, 1, 1] = np.nan, np.inf
    _, good, tally = accepted(made, IMAGE)
    assert good.tolist() == [False, True, False]
    assert (tally.not_finite, tally.values, tally.highest) == (2, 16, 1.0)


def test_whole_number_columns_are_rounded_and_unknown_categories_left_out() -> None:
    made = np.array([[30.4, 1, np.nan], [31, 2, 0.5], [32, 0, 1.5], [np.nan, 0, 1]])
    values, good, tally = accepted(made, TABLE)
    assert good.tolist() == [True, False, True, False]
    assert values[0, 0] == 30
    assert np.isnan(values[0, 2])
    assert (tally.invalid, tally.rounded, tally.values) == (2, 1, 6)
    assert "2 of 4 samples do not agree with the spec: they were left out of the pool" in tally.notes(TABLE)


def test_texts_that_no_file_can_hold_are_left_out() -> None:
    spec = SampleSpec(modality="text", shape=(), class_names=("a",))
    _, good, tally = accepted(np.array(["whole", "half \ud800"], dtype=object), spec)
    assert good.tolist() == [True, False]
    assert tally.invalid == 1


def test_tallies_add_up() -> None:
    first = Tally(made=2, clipped=1, lowest=-3.0, highest=1.0)
    second = Tally(made=5, clipped=2, not_finite=1, lowest=-1.0, highest=2.0)
    both = Tally(made=7, clipped=3, not_finite=1, lowest=-3.0, highest=2.0)
    assert first + second == both
    assert first + Tally() == first


def test_refused_draws_are_added_by_reason_and_noted() -> None:
    both = Tally(made=2, refused={"empty": 1}) + Tally(made=3, refused={"empty": 2, "copied": 4})
    assert both == Tally(made=5, refused={"empty": 3, "copied": 4})
    spec = SampleSpec(modality="text", shape=(), class_names=("a",))
    assert both.notes(spec) == ["it refused 7 draws beside the 5 samples: 3 empty, 4 copied"]
