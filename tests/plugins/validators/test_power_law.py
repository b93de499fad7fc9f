"""A power law is found again, turned round, and never rises."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug_plugins.validators.effective_size.power_law import (
    SHALLOWEST,
    STEEPEST,
    PowerLaw,
    fit_through_last,
)

SIZES = np.array([8.0, 16.0, 32.0, 64.0])


@pytest.mark.parametrize("law", [PowerLaw(1, 0.5, 0.1), PowerLaw(0.5, 1.5, 0), PowerLaw(0.4, 0.3, 0.05)])
def test_a_power_law_is_found_again_and_turned_round(law: PowerLaw) -> None:
    found = fit_through_last(SIZES, law(SIZES))
    assert (found.a, found.c, found.b) == pytest.approx((law.a, law.c, law.b), rel=1e-2, abs=1e-3)
    assert found.samples_for(float(law(150.0))) == pytest.approx(150, rel=1e-2)
    assert found.samples_for(float(law(64.0))) == pytest.approx(64)


def test_it_goes_through_the_last_point_and_has_the_least_squares_of_all_that_do() -> None:
    errors = PowerLaw(1, 0.6, 0.1)(SIZES) + np.array([0.02, -0.03, 0.02, 0.0])
    found = fit_through_last(SIZES, errors)
    assert float(found(64.0)) == pytest.approx(errors[-1])
    squares = ((found(SIZES) - errors) ** 2).sum()
    for c in np.geomspace(SHALLOWEST, STEEPEST, 60):
        for height in np.linspace(0, errors[-1], 200):
            a = height * 64**c
            law = PowerLaw(a, c, errors[-1] - height)
            assert squares <= ((law(SIZES) - errors) ** 2).sum() + 1e-6


def test_what_does_not_fall_is_flat() -> None:
    rising = fit_through_last(SIZES, np.array([0.1, 0.2, 0.3, 0.4]))
    assert (rising.a, rising.b) == (0, 0.4)
    assert rising.samples_for(0.5) == 0
    assert rising.samples_for(0.4) == rising.samples_for(0.1) == np.inf


def test_no_number_of_samples_has_an_error_below_the_limit() -> None:
    law = PowerLaw(1.0, 0.5, 0.1)
    assert law.samples_for(0.1) == law.samples_for(0.0) == np.inf
    assert law.samples_for(0.2) == pytest.approx(100)


@pytest.mark.parametrize("sizes", [[8, 16], [8, 16, 16], [16, 8, 32]])
def test_fewer_than_three_rising_sizes_are_refused(sizes: list[int]) -> None:
    with pytest.raises(DataError, match="3 rising sizes"):
        fit_through_last(np.array(sizes, dtype=float), np.full(len(sizes), 0.1))
