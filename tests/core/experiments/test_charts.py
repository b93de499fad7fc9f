"""Forest plots: to scale, coloured by their intervals."""

import xml.etree.ElementTree as ElementTree

import pytest

from genaug.experiments.charts import Panel, forest
from genaug.experiments.results import Estimate


def estimate(middle: float, half: float = 0.02) -> Estimate:
    return Estimate(n=3, mean=middle, interval=(middle - half, middle + half))


def panels(**arms: tuple[float, float, float]) -> list[Panel]:
    names = [name.replace("_", " & ") for name in arms]
    return [
        Panel(
            f"over {index}", {name: estimate(m[index]) for name, m in zip(names, arms.values(), strict=True)}
        )
        for index in range(3)
    ]


def test_every_gain_is_drawn_to_scale_and_coloured_by_its_interval() -> None:
    given = panels(a_b=(0.05, 0.0, -0.05), c=(0.01, 0.01, 0.01))
    drawn = forest(given, "Gain", one_scale=True, emphasized="a & b")
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    bars = [bar for bar in root.findall(".//{*}g") if bar.get("class")]
    assert [bar.get("class") for bar in bars] == [
        "better", "unclear", "unclear", "unclear", "worse", "unclear"
    ]  # fmt: skip
    assert "a &amp; b" in drawn
    middles = []
    for bar in bars[::2]:
        line, circle = bar.find("{*}line"), bar.find("{*}circle")
        assert line is not None
        assert circle is not None
        low, high, middle = (float(part) for part in (line.get("x1"), line.get("x2"), circle.get("cx")))  # type: ignore[arg-type]
        assert middle == pytest.approx((low + high) / 2, abs=0.2)
        middles.append(middle)
    zeros = [float(line.get("x1", "")) for line in root.findall(".//{*}line[@class='zero']")]
    assert middles[0] > zeros[0]
    assert middles[1] == zeros[1]
    assert middles[2] < zeros[2]
    assert middles[0] - zeros[0] == pytest.approx(zeros[2] - middles[2], abs=0.2)


def test_what_has_no_interval_is_not_drawn() -> None:
    lone = Estimate(n=1, mean=1.0, interval=None)
    assert forest([Panel("one", {"a": lone})], "Gain") is None
    drawn = forest([Panel("one", {"a": lone, "b": estimate(1.0)})], "Gain")
    assert drawn is not None
    assert ">a</text>" not in drawn
    assert ">b</text>" in drawn


def test_differences_of_nothing_at_all_are_drawn_at_0() -> None:
    assert forest([Panel("one", {"a": estimate(0.0, 0.0)})], "Gain") is not None


def test_each_panel_has_its_own_scale_and_good_side() -> None:
    drawn = forest(
        [Panel("s", {"a": estimate(100)}, "lower"), Panel("p", {"a": estimate(0.5)})], "Difference"
    )
    assert drawn is not None
    bars = [bar.get("class") for bar in ElementTree.fromstring(drawn).findall(".//{*}g") if bar.get("class")]
    assert bars == ["worse", "better"]
    assert "+100" in drawn
    assert "+0.5" in drawn
