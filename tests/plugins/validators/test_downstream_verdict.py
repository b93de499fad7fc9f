"""The verdict on plain arrays of right and wrong."""

import numpy as np
import pytest
from numpy.typing import NDArray

from genaug.cli.history import outcome
from genaug.data import Verdict
from genaug.errors import DataError
from genaug.statistics.multiple import two_sided_p
from genaug.statistics.paired import crossed_interval
from genaug_plugins.validators.downstream.best import Best
from genaug_plugins.validators.downstream.verdict import verdict, without_comparison

RNG = np.random.default_rng(0)


def right(share: float, seeds: int = 5, n: int = 400) -> NDArray[np.bool_]:
    return RNG.random((seeds, n)) < share


@pytest.mark.parametrize(
    ("shares", "label", "baseline"),
    [
        ((0.9, 0.7, 0.8), "helps", "real + classical"),
        ((0.9, 0.8, 0.7), "helps", "real"),
        ((0.7, 0.9, 0.8), "hurts", "real"),
        ((0.8, 0.8, 0.8), "no measurable effect", None),
        ((0.8, 0.7, 0.9), "no measurable effect", "real + classical"),  # between the two
        ((0.8, 0.7, 0.8), "no measurable effect", "real + classical"),
    ],
)
def test_the_label_follows_all_intervals(shares: tuple[float, ...], label: str, baseline: str | None) -> None:
    augmented, real, classical = map(right, shares)
    said = verdict(augmented, {"real": real, "real + classical": classical})
    expected = {
        name: crossed_interval(augmented.astype(float) - values.astype(float), 1 / 400)
        for name, values in (("real", real), ("real + classical", classical))
    }
    assert said.label == label
    assert baseline in (None, said.baseline)
    assert said.effect == pytest.approx(expected[said.baseline].value)
    assert said.interval == expected[said.baseline].interval
    assert said.minimum_detectable_effect == max(one.detectable() for one in expected.values())
    assert said.gains[0].over == said.baseline
    for gain in said.gains:
        assert gain.effect == expected[gain.over].value
        assert gain.p == two_sided_p(expected[gain.over])
        assert (
            f"{gain.effect:+.3f} ({gain.interval[0]:+.3f} to {gain.interval[1]:+.3f}) over {gain.over}"
            in (said.sentence)
        )


def test_a_pool_that_beats_one_opponent_and_not_plain_real_does_not_help() -> None:
    """The fault of the chosen opponent: "helps: 0.939 → 0.954" where plain real had 0.946."""
    rng = np.random.default_rng(2)
    seeds, n = 5, 700

    def gained(value: float, low: float) -> NDArray[np.float64]:
        """Return differences with this mean and this lower end, without an effect of the seed."""
        sample = rng.normal(0, 1, n) + rng.normal(0, 0.1, (seeds, 1))
        estimate = crossed_interval(sample, 0)
        spread = (value - low) / (estimate.value - estimate.low)
        return value + spread * (sample - estimate.value)

    augmented = np.full((seeds, n), 0.954)
    real, repeats = augmented - gained(0.0086, -0.0001), augmented - gained(0.0150, 0.0020)
    alone = verdict(augmented, {"real + repeats": repeats}, grain=0)
    assert alone.label == "helps"  # of the old rule, where the validation view chose this opponent
    said = verdict(augmented, {"real": real, "real + repeats": repeats}, grain=0)
    assert said.label == "no measurable effect"
    assert said.baseline == "real"
    assert (round(said.effect, 4), round(said.interval[0], 4)) == (0.0086, -0.0001)
    assert (
        "is not clearly above every cheap baseline: +0.009 (-0.000 to +0.017) over real, +0.015"
        in said.sentence
    )


def test_the_same_predictions_have_no_measurable_effect() -> None:
    same = right(0.8)
    said = verdict(same, {"real": same})
    assert said.label == "no measurable effect"
    assert said.effect == 0
    assert said.interval[0] < 0 < said.interval[1]


def test_few_test_samples_and_obstacles_stand_against_a_verdict() -> None:
    assert verdict(right(1, n=49), {"real": right(0, n=49)}).label == "not enough data to say"
    assert verdict(right(1, n=50), {"real": right(0, n=50)}).label == "helps"
    said = verdict(right(1), {"real": right(0)}, obstacles=["nothing was kept"])
    assert said.label == "not enough data to say"
    assert said.sentence.startswith(
        "not enough data to say: nothing was kept; accuracy 1.000 (real + selected): +1"
    )


def test_gains_stay_inside_what_is_possible() -> None:
    ours, theirs = np.array([[1, 0], [1, 1]]), np.array([[0, 0], [1, 0]])
    said = verdict(ours, {"real": theirs}, bounds=(0, 1))
    assert said.interval == (-1, 1)  # two test samples say nothing
    assert verdict(ours, {"real": theirs}).interval[1] > 1


def test_the_best_arm_is_in_the_sentence_whatever_the_label() -> None:
    best = Best("real + classical", 0.967, (0.958, 0.975), "chosen on the validation view")
    for shares in ((0.9, 0.7), (0.7, 0.9), (0.8, 0.8)):
        said = verdict(right(shares[0]), {"real": right(shares[1])}, best=best)
        assert said.sentence.endswith(
            ". Best here: real + classical (0.967), 0.958 to 0.975, chosen on the validation view"
        )
        assert (said.best_arm, said.best_score) == ("real + classical", 0.967)
        assert "\n" not in said.sentence


def test_what_helps_is_the_best_whatever_a_few_validation_samples_say() -> None:
    chosen = Best("real + repeats", 0.86, (0.83, 0.89), "chosen on the validation view")
    helpful = Best("real + selected", 0.9, (0.88, 0.92), "above every cheap baseline")
    said = verdict(right(0.9), {"real": right(0.7)}, best=chosen, best_if_helpful=helpful)
    assert (said.label, said.best_arm) == ("helps", "real + selected")
    assert "Best here: real + selected (0.900), 0.880 to 0.920, above every cheap baseline" in said.sentence
    said = verdict(right(0.8), {"real": right(0.8)}, best=chosen, best_if_helpful=helpful)
    assert (said.label, said.best_arm) == ("no measurable effect", "real + repeats")


def test_losses_are_better_where_they_are_lower() -> None:
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(1, 0.1, (5, 100)), rng.normal(2, 0.1, (5, 100))
    said = verdict(ours, {"real": theirs}, metric="log-loss", grain=0, higher_is_better=False)
    assert said.label == "helps"
    assert "is better than every cheap baseline: improved by +0.99" in said.sentence
    assert verdict(theirs, {"real": ours}, grain=0, higher_is_better=False).label == "hurts"


def test_what_is_not_paired_is_refused() -> None:
    with pytest.raises(DataError, match="must be paired"):
        verdict(right(0.5), {"real": right(0.5, n=401)})
    with pytest.raises(DataError, match="2 of each at least"):
        verdict(right(0.5, seeds=1), {"real": right(0.5, seeds=1)})
    with pytest.raises(DataError, match="at least one baseline"):
        verdict(right(0.5), {})


def test_a_verdict_of_an_older_run_is_read() -> None:
    old = {
        "label": "helps",
        "metric": "accuracy on the test view",
        "baseline": "real + classical",
        "augmented": "real + selected",
        "effect": 0.1,
        "interval": [0.05, 0.15],
        "minimum_detectable_effect": 0.07,
        "sentence": "helps: accuracy 0.8 (real + classical) → 0.9 (real + selected)",
    }
    read = Verdict.model_validate(old)
    assert (read.gains, read.best_arm, read.best_score, read.best_interval) == ((), "", None, None)


def test_an_uninformative_pool_is_called_a_help_in_one_of_twenty_cases_at_most() -> None:
    """No better than the best of three baselines: the least favourable case of an intersection-union test."""
    rng = np.random.default_rng(3)
    helped, trials = 0, 400
    for _ in range(trials):
        hardness = rng.normal(1.5, 1, 60)

        def arm(shift: float = 0.0, hardness: NDArray[np.float64] = hardness) -> NDArray[np.bool_]:
            noise = rng.normal(0, 0.2, (4, 1)) + rng.normal(0, 0.5, 60) + rng.normal(size=(4, 60))
            return hardness + shift + noise > 0

        baselines = {"real": arm(-3), "real + repeats": arm(-3), "real + classical": arm()}
        helped += verdict(arm(), baselines).label == "helps"
    assert helped / trials <= 0.05


def test_the_best_of_too_few_test_samples_is_called_a_guess() -> None:
    best = Best("real", 1.0, (0.3, 1.0), "the best of 3 arms by this score")
    few = verdict(right(0.9, n=3), {"real": right(0.9, n=3)}, best=best)
    assert not few.decided
    assert few.best_choice.endswith("a guess: too few test samples to tell what is best")
    assert "a guess" in few.sentence
    assert outcome(few).endswith("a guess: too few test samples")
    many = verdict(right(0.9), {"real": right(0.9)}, best=best)
    assert many.decided
    assert "a guess" not in many.sentence + outcome(many)
    assert "a guess" in without_comparison("accuracy", ["there is no arm"], best).sentence
