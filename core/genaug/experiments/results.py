"""The results of an experiment: figures of arms, and their differences to other arms."""

from typing import Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

Better = Literal["higher", "lower"] | None
"""Whether lower or higher values of a figure are better; None where neither is."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Estimate(_Part):
    """A mean with its uncertainty."""

    n: int
    """Seeds."""
    mean: float
    interval: tuple[float, float] | None
    """95 % interval of the mean; None where there are too few seeds for one."""
    deviation: float | None = None
    """Standard deviation of the values, with divisor n − 1; None where it is unknown."""

    def outcome(self, better: Better) -> str:
        """Summarize what a difference shows; "" where it has no interval."""
        if self.interval is None:
            return ""
        low, high = self.interval
        if not (low > 0 or high < 0):
            return "no difference seen"
        way = "higher" if low > 0 else "lower"
        return way if better is None else "better" if way == better else "worse"


class Difference(Estimate):
    """The paired difference between two arms."""

    over: str
    """The arm that is subtracted."""
    p: float | None = None
    """Two-sided p value, corrected for the number of comparisons; None: not tested."""


class Cell(_Part):
    """A figure of an arm."""

    by_seed: dict[int, float]
    """The values of the seeds that have one."""
    mean: Estimate | None
    """Estimate over the seeds; None where no seed has a value."""
    differences: tuple[Difference, ...] = ()

    def over(self, arm: str) -> Difference | None:
        """Return the difference to another arm; None where there is none."""
        return next((one for one in self.differences if one.over == arm), None)


class Table(_Part):
    """All arms under one condition."""

    title: str = ""
    """The condition; empty: there is only one."""
    arms: dict[str, dict[str, Cell]]
    """By arm and figure."""
    better: dict[str, Better]
    """By figure."""
    reference: dict[str, Cell] = Field(default={}, validation_alias=AliasChoices("reference", "yardstick"))
    """By figure: the value on real training samples, where there is one."""
    notes: dict[str, str] = {}
    """By figure."""
    steps: tuple[int, ...] = ()
    """All numbers of training steps that occur."""
    counts: dict[str, int] = {}
    """Samples of each view, and candidates."""
    lost: dict[str, dict[int, str]] = {}
    """Reasons for missing runs, by arm and seed."""
    remarks: dict[str, dict[int, tuple[str, ...]]] = {}
    """Warnings of the runs, by arm and seed."""
