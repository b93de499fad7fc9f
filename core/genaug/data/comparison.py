"""The result of a selector comparison: the contenders, and the recommended one."""

from typing import Any

from pydantic import BaseModel, ConfigDict

REAL = "real only"
"""The contender that adds no candidates: no augmentation."""
EVERYTHING = "everything"
"""The contender that adds the whole pool: no selection."""
RANDOM = "random at equal size"
"""A baseline of each chain: as many candidates of each class, drawn at random from the whole pool."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, ser_json_inf_nan="strings")


class Score(_Record):
    """One contender's score on one view."""

    value: float
    """Mean over the seeds; higher is better."""
    interval: tuple[float, float]
    """95 % confidence interval, over seeds and samples of the view."""
    by_seed: tuple[float, ...]


class Gain(_Record):
    """The paired difference of a contender and a baseline."""

    over: str
    """`real only`, `everything` or `random at equal size`."""
    value: float
    """Positive where the contender is better."""
    interval: tuple[float, float]
    """95 % confidence interval, not corrected for the number of contenders."""
    p: float
    """Two-sided p value, with Holm's correction over all contenders compared with the same baseline."""


class Row(_Record):
    """One contender."""

    name: str
    chain: tuple[dict[str, Any], ...] = ()
    """Its selectors with all their settings, as in a config."""
    kept: int = 0
    """Candidates it adds to the training view."""
    kept_per_class: dict[str, int] = {}
    validation: Score | None = None
    test: Score | None = None
    validation_gains: tuple[Gain, ...] = ()
    test_gains: tuple[Gain, ...] = ()
    problem: str = ""
    """Why there are no scores; empty where there are scores."""
    notes: tuple[str, ...] = ()
    """Notes of its selectors, and limits of its figures."""

    def gain(self, over: str) -> Gain | None:
        """Return the gain on the test view over a baseline; None where it was not measured."""
        return next((one for one in self.test_gains if one.over == over), None)


class Comparison(_Record):
    """The result of a selector comparison."""

    validator: str
    """Name of the protocol."""
    metric: str
    """Name of the main score, e.g. `accuracy`."""
    seeds: int
    """Number of paired trainings of each contender."""
    validation_samples: int
    test_samples: int
    rows: tuple[Row, ...]
    """The contenders, those without scores last."""
    recommended: str | None
    """Name of the recommended contender; None where the data do not allow a choice."""
    rule: str
    """How the recommendation was chosen."""
    sentence: str
    """A summary in one sentence."""
    warnings: tuple[str, ...] = ()
    """Limits of the values, a sentence each."""
    remarks: tuple[str, ...] = ()
    """Plain facts of the measurement, a sentence each."""

    def row(self, name: str) -> Row:
        """Return the contender of that name."""
        return next(row for row in self.rows if row.name == name)
