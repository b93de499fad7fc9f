"""The density ratio that is read off a discriminator's logits."""

import numpy as np
import pytest

from genaug_plugins.generators.density_ratio import fit_ratio


@pytest.fixture
def sides() -> tuple[np.ndarray, np.ndarray]:
    """Return data of N(1, 1) and fakes of N(0, 1): log p_data / p_model = x − ½."""
    rng = np.random.default_rng(0)
    return rng.standard_normal(20_000) + 1, rng.standard_normal(30_000)


@pytest.mark.parametrize(("slope", "offset"), [(1.0, -0.5), (0.01, 3.0), (50.0, -1e3)])
def test_recovers_the_ratio_from_any_rising_line(sides, slope, offset) -> None:  # type: ignore[no-untyped-def]
    real, fake = (slope * x + offset for x in sides)
    ratio = fit_ratio(real, fake, held_out=True)
    x = np.linspace(-2, 3, 11)
    assert ratio.of(slope * x + offset) == pytest.approx(x - 0.5, abs=0.1)
    assert (ratio.real, ratio.fake, ratio.held_out) == (20_000, 30_000, True)


def test_a_falling_line_says_nothing(sides) -> None:  # type: ignore[no-untyped-def]
    real, fake = sides
    ratio = fit_ratio(-real, -fake, held_out=True)
    assert ratio.slope == 0
    assert ratio.of(np.array([-3.0, 3.0])) == pytest.approx([0, 0], abs=1e-3)


def test_equal_logits_say_nothing() -> None:
    ratio = fit_ratio(np.full(5, 2.0), np.full(9, 2.0), held_out=False)
    assert ratio.of(np.array([-3.0, 3.0])).tolist() == [0, 0]


def test_logits_that_tell_all_apart_leave_it_finite() -> None:
    rng = np.random.default_rng(0)
    ratio = fit_ratio(5 + rng.random(40), -5 - rng.random(1000), held_out=False)
    # As sure as n and m samples can make one: log((n + 1)) and −log(m + 1).
    assert ratio.of(np.array([5.5, -5.5])) == pytest.approx([np.log(41), -np.log(1001)], rel=0.2)


def test_the_order_of_samples_hardly_matters_and_the_record_is_whole(sides) -> None:  # type: ignore[no-untyped-def]
    real, fake = sides
    one, other = fit_ratio(real, fake, False), fit_ratio(real[::-1], fake[::-1], False)
    assert one.slope == pytest.approx(other.slope, rel=1e-6)
    assert type(one)(**one.record()) == one
