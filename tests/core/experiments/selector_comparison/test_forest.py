import xml.etree.ElementTree as ElementTree

import pytest

from genaug.data.comparison import EVERYTHING, RANDOM, REAL, Comparison, Gain, Row
from genaug.experiments.selector_comparison.forest import forest


def comparison(*rows: Row) -> Comparison:
    return Comparison(
        validator="v",
        metric="accuracy",
        seeds=3,
        validation_samples=60,
        test_samples=60,
        rows=rows,
        recommended="a & b",
        rule="",
        sentence="",
    )


def gains(*middles: float) -> tuple[Gain, ...]:
    return tuple(
        Gain(over=over, value=middle, interval=(middle - 0.02, middle + 0.02), p=0.5)
        for over, middle in zip((EVERYTHING, RANDOM, REAL), middles, strict=True)
    )


def test_every_gain_is_drawn_to_scale_and_coloured_by_its_interval() -> None:
    drawn = forest(
        comparison(
            Row(name="a & b", test_gains=gains(0.05, 0.0, -0.05)),
            Row(name="c", test_gains=gains(0.01, 0.01, 0.01)),
            Row(name="never compared", problem="it broke"),
        )
    )
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    bars = [bar for bar in root.findall(".//{*}g") if bar.get("class")]
    assert [bar.get("class") for bar in bars] == [
        "better", "unclear", "unclear", "unclear", "worse", "unclear"
    ]  # fmt: skip
    assert "never compared" not in drawn
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


def test_without_gains_there_is_nothing_to_draw() -> None:
    assert forest(comparison(Row(name="a", problem="it broke"))) is None


def test_gains_of_nothing_at_all_are_drawn_at_0() -> None:
    flat = tuple(Gain(over=over, value=0, interval=(0, 0), p=1) for over in (EVERYTHING, RANDOM, REAL))
    assert forest(comparison(Row(name="a", test_gains=flat))) is not None
