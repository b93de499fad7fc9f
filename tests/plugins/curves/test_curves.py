"""What is logged falls into charts that a person can read."""

import json
import math

import pytest

from genaug_plugins.curves.charts import chart, grouped
from genaug_plugins.curves.known import KNOWN, Curves

ADVERSARIAL = [
    "step", "loss_d", "r1", "ms3d#2", "loss_g", "consistency.g", "real_logits", "fake_logits", "r_t",
    "gradient_d", "speed_d", "gradient_g", "speed_g", "ada.p", "lecam.ema_real", "lecam.ema_fake",
    "held_out.frechet_distance", "held_out.recall", "narrowing.real", "narrowing.fake", "fisher.trace",
]  # fmt: skip


def test_every_logged_value_is_on_one_chart_alone() -> None:
    drawn = [name for curves in grouped(ADVERSARIAL) for name in curves.names]
    assert sorted(drawn) == sorted(ADVERSARIAL[1:])


def test_charts_of_an_adversarial_training_are_captioned_and_in_order() -> None:
    groups = grouped(ADVERSARIAL)
    titles = [curves.title for curves in groups]
    assert titles[:5] == [
        "Distance to held-out samples",
        "Recall of held-out samples",
        "Losses",
        "Penalties",
        "Discriminator output",
    ]
    assert titles[-2:] == ["State of ada: p", "State of lecam"]
    assert all(curves.caption for curves in groups)
    by_title = {curves.title: curves.names for curves in groups}
    assert list(by_title["Penalties"].values()) == ["r1", "ms3d#2", "consistency, on the generator"]
    assert by_title["State of lecam"] == {"lecam.ema_real": "ema real", "lecam.ema_fake": "ema fake"}


def test_only_what_was_logged_is_drawn() -> None:
    (curves,) = grouped(["step", "narrowing.fake"])
    assert curves.names == {"narrowing.fake": "on fake samples"}


def test_another_training_shows_its_losses_together_and_the_rest_apart() -> None:
    groups = grouped(["loss_reconstruction", "loss_kl", "beta", "prior.mean"])
    assert [list(curves.names) for curves in groups] == [
        ["loss_reconstruction", "loss_kl"],
        ["beta"],
        ["prior.mean"],
    ]


def test_known_names_are_known_once() -> None:
    names = [name for curves in KNOWN for name in curves.names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("values", "logarithmic"),
    [([1e-4, 1.0], True), ([0.5, 1.0], False), ([0.0, 1.0], False), ([math.nan, math.inf], False)],
)
def test_an_axis_is_logarithmic_where_it_helps_and_can_be(values: list[float], logarithmic: bool) -> None:
    curves = Curves("t", "c", {"a": "line a"}, zoomed=True)
    drawn = chart(curves, {"a": ([10, 20], values)})
    assert (drawn["layout"].get("yaxis", {}).get("type") == "log") == logarithmic
    json.dumps(drawn, allow_nan=False)
    assert drawn["data"][0]["x"] == [10, 20]
    assert drawn["data"][0]["name"] == "line a"


def test_an_axis_ends_where_the_values_must() -> None:
    (curves,) = grouped(["r_t"])
    low, high = chart(curves, {"r_t": ([1, 2], [0.1, 0.2])})["layout"]["yaxis"]["range"]
    assert (low, high) == (pytest.approx(-1.04), pytest.approx(1.04))
