"""The form in which the numbers of a column are written."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

DecimalSign = Literal[".", ","]


class NumberForm(BaseModel):
    """How the numbers of a column are written in their file: generated numbers are rounded to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    decimals: int = Field(ge=0, le=300)
    """Most digits after the decimal sign."""
    least: int = Field(default=0, ge=0, le=300)
    """Fewest digits after the decimal sign: 2 where 1.5 is written as 1.50."""
    thousands: bool = False
    """Whether thousands are separated."""
    exponents: bool = False
    """Whether very small and large numbers are written with an exponent: 1e-05."""

    def rounded(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values ``[N]`` rounded to `decimals`; those too large for it as they are."""
        with np.errstate(over="ignore", invalid="ignore"):
            rounded: NDArray[np.float64] = np.round(values, self.decimals)
        return np.where(np.isfinite(rounded), rounded, values)

    def text(self, value: float, decimal: DecimalSign = ".") -> str:
        """Return a number as it is written.

        Args:
            value: a finite number.
            decimal: sign before the decimals; thousands are separated by the other one.
        """
        if self.exponents and "e" in repr(value):
            return repr(value).replace(".", decimal)
        whole, _, digits = f"{value:{',' if self.thousands else ''}.{self.decimals}f}".partition(".")
        digits = digits.rstrip("0").ljust(self.least, "0")
        if decimal == ",":
            whole = whole.replace(",", ".")
        if not whole.strip("-0.,") and not digits.strip("0"):
            whole = whole.lstrip("-")  # no negative zero
        return f"{whole}{decimal}{digits}" if digits else whole
