"""How the numbers of a column are written, and which beginnings of a number can end within its bounds."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

DIGITS = 6
"""Significant digits of the largest value of a column; more are not written."""
PLAIN = (-4, 9)
"""Powers of ten of the largest value between which numbers are written as they are."""


@dataclass(frozen=True)
class Numbers:
    """Numbers with a fixed number of decimals, between two bounds.

    A number v is written as v / 10^scale with `decimals` decimals.

    Attributes:
        low, high: the bounds, those of the training values.
        decimals: 0 or more.
        scale: 0, except for very large and very small numbers.
    """

    low: float
    high: float
    decimals: int
    scale: int = 0

    @classmethod
    def of(cls, values: NDArray[np.float64], whole: bool) -> Self:
        """Return how values ``[N]`` are written, N ≥ 1; `whole` numbers are exact."""
        low, high = float(values.min()), float(values.max())
        if whole:
            return cls(low, high, 0)
        largest = max(abs(low), abs(high))
        power = math.floor(math.log10(largest)) if largest > 0 else 0
        scale = 0 if PLAIN[0] <= power <= PLAIN[1] else power
        scaled = values / 10.0**scale
        most = max(DIGITS - 1 - (power - scale), 0)
        exact = (d for d in range(most) if np.allclose(scaled, scaled.round(d), rtol=0, atol=1e-9))
        return cls(low, high, next(exact, most), scale)

    def text(self, value: float) -> str:
        """Return how a value is written."""
        text = f"{value / 10.0**self.scale:.{self.decimals}f}"
        return text[1:] if text.startswith("-") and not text.strip("-0.") else text

    def value(self, text: str) -> float | None:
        """Return the value of a text; None if it is not written in this way, or out of bounds."""
        if not self.complete(text):
            return None
        value = float(text) * 10.0**self.scale
        return min(max(value, self.low), self.high)

    def complete(self, text: str) -> bool:
        """Return whether a text is a number in this form, within the bounds up to the rounding of writing."""
        return text != "-" and self.possible(text) and self._left(text) == 0

    def possible(self, text: str) -> bool:
        """Return whether a number within the bounds begins with a text, "" included."""
        if text in ("", "-"):
            return not text or self._units(self.low) < 0
        digits = text.removeprefix("-")
        whole, point, part = digits.partition(".")
        if not whole.isdecimal() or not whole.isascii() or (whole[0] == "0" and len(whole) > 1):
            return False
        if point and (not self.decimals or len(part) > self.decimals or (part and not part.isdecimal())):
            return False
        most = len(str(max(abs(self._units(self.low)), abs(self._units(self.high)))))
        further = [self.decimals - len(part)]
        if not point and whole != "0":
            further = list(range(self.decimals, self.decimals + max(most - len(whole), 0) + 1))
        start = int(whole + part)
        return any(
            self._meets(start * 10**left, (start + 1) * 10**left - 1, text[0] == "-") for left in further
        )

    def record(self) -> dict[str, Any]:
        """Return the attributes."""
        return asdict(self)

    def _left(self, text: str) -> int:
        """Return how many decimals are missing; -1 if the point is missing."""
        whole, point, part = text.partition(".")
        if not whole.removeprefix("-"):
            return -1
        return self.decimals - len(part) if point or not self.decimals else -1

    def _units(self, value: float) -> int:
        return round(value / 10.0**self.scale * 10.0**self.decimals)

    def _meets(self, least: int, most: int, negative: bool) -> bool:
        """Return whether a whole number from `least` to `most`, negated or not, is within the bounds."""
        low, high = (-most, -least) if negative else (least, most)
        return low <= self._units(self.high) and high >= self._units(self.low)
