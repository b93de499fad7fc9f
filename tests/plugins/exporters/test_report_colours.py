"""Text is told from its ground in light and in dark: WCAG 2.1 asks for a contrast of 4.5."""

import itertools
import re
from importlib.resources import files

import numpy as np
import pytest
from numpy.typing import NDArray

GROUNDS = ("ground", "surface", "sunken")
TEXTS = ("text", "muted", "accent", "helps", "hurts", "none", "unknown")


def schemes() -> dict[str, dict[str, str]]:
    css = files("genaug_plugins.exporters.html_report").joinpath("page/page.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.S)
    )
    return {"light": light, "dark": dark}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("ground", GROUNDS)
def test_text_is_told_from_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = schemes()[scheme]
    high, low = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


VISIONS = {
    "usual": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
"""Matrices on linear sRGB: Machado, Oliveira & Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1."""


def lab(linear: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the CIE L*a*b* coordinates of a linear sRGB colour, in which 2.3 is just noticeable."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ linear.clip(0, 1) / [0.9505, 1.0, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("place", [0, 1], ids=["dark", "light"])
def test_colours_of_charts_are_told_apart_with_every_colour_vision(place: int, vision: str) -> None:
    script = files("genaug_plugins.exporters.html_report").joinpath("page/charts.js").read_text("utf-8")
    wheel = re.findall(r'\["#.*?\]', script)[place]
    seen = []
    for colour in re.findall("#[0-9a-f]{6}", wheel):
        channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        seen.append(lab(np.array(VISIONS[vision]) @ linear))
    assert len(seen) == 6
    assert min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2)) > 15
