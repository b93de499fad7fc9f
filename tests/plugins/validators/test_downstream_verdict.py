"""The verdict on plain arrays of right and wrong, and the choice of the baseline."""

import numpy as np
import pytest

from genaug.errors import DataError
from genaug.statistics.paired import crossed_interval
from genaug_plugins.validators.downstream.verdict import verdict

RNG = np.random.default_rng(0)


def right(share: float, seeds: int = 5, n: int = 400) -> np.ndarray:
    return RNG.random((seeds, n)) < share


@pytest.mark.parametrize(
    ("shares", "label"),
    [((0.9, 0.7), "helps"), ((0.7, 0.9), "hurts"), ((0.8, 0.8), "no measurable effect")],
)
def test_the_label_follows_the_interval(shares: tuple[float, float], label: str) -> None:
    augmented, baseline = right(shares[0]), right(shares[1])
    said = verdict(augmented, baseline, baseline_name="real + classical")
    expected = crossed_interval(augmented.astype(float) - baseline.astype(float), 1 / 400)
    assert said.label == label
    assert said.effect == pytest.approx(augmented.mean() - baseline.mean())
    assert said.interval == expected.interval
    assert said.minimum_detectable_effect == expected.detectable()
    assert said.baseline == "real + classical"
    assert "(real + classical)" in said.sentence


def test_the_same_predictions_have_no_measurable_effect() -> None:
    same = right(0.8)
    said = verdict(same, same)
    assert said.label == "no measurable effect"
    assert said.effect == 0
    assert said.interval[0] < 0 < said.interval[1]


def test_few_test_samples_and_obstacles_stand_against_a_verdict() -> None:
    assert verdict(right(1, n=49), right(0, n=49)).label == "not enough data to say"
    assert verdict(right(1, n=50), right(0, n=50)).label == "helps"
    said = verdict(right(1), right(0), obstacles=["nothing was kept"])
    assert said.label == "not enough data to say"
    assert "nothing was kept" in said.sentence


def test_what_is_not_paired_is_refused() -> None:
    with pytest.raises(DataError, match="must be paired"):
        verdict(right(0.5), right(0.5, n=401))
    with pytest.raises(DataError, match="2 of each at least"):
        verdict(right(0.5, seeds=1), right(0.5, seeds=1))
