"""What a selector comparison found: contenders side by side, and which of them to take."""

from typing import Any

from pydantic import BaseModel, ConfigDict

REAL = "real only"
"""The contender that adds nothing: do not augment."""
EVERYTHING = "everything"
"""The contender that adds the whole pool: generate, and do not select."""
RANDOM = "random at equal size"
"""A baseline of each chain: as many candidates of each class, drawn from the whole pool."""


class _Record(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="strings"
    )


class Score(_Record):
    """One contender's score on one view."""

    value: float
    """Mean over the seeds; higher is better."""
    interval: tuple[float, float]
    """95 % interval, over seeds and samples of the view."""
    by_seed: tuple[float, ...]


class Gain(_Record):
    """The paired difference of a contender and a baseline."""

    over: str
    """`real only`, `everything` or `random at equal size`."""
    value: float
    """Positive: the contender is better."""
    interval: tuple[float, float]
    """95 % interval, not corrected for how many contenders there are."""
    p: float
    """Two-sided p value, corrected by Holm for all contenders compared with the same baseline."""


class Row(_Record):
    """One contender."""

    name: str
    chain: tuple[dict[str, Any], ...] = ()
    """Its selectors with all their settings, as a config writes them."""
    kept: int = 0
    """Candidates it adds to the training view."""
    kept_per_class: dict[str, int] = {}
    validation: Score | None = None
    test: Score | None = None
    validation_gains: tuple[Gain, ...] = ()
    test_gains: tuple[Gain, ...] = ()
    problem: str = ""
    """Why there are no scores, where there are none."""
    notes: tuple[str, ...] = ()
    """What its selectors said, and what limits its figures."""

    def gain(self, over: str) -> Gain | None:
        """Return the gain on the test view over a baseline; None where it was not measured."""
        return next((one for one in self.test_gains if one.over == over), None)


class Comparison(_Record):
    """All that a selector comparison found."""

    validator: str
    """Which protocol compared."""
    metric: str
    """Which score leads, e.g. `accuracy`."""
    seeds: int
    """Paired trainings of each contender."""
    validation_samples: int
    test_samples: int
    rows: tuple[Row, ...]
    """The contenders, those without scores last."""
    recommended: str | None
    """Name of the contender to take; None where there is too little to choose by."""
    rule: str
    """How it was chosen."""
    sentence: str
    """One line that a person reads first."""
    warnings: tuple[str, ...] = ()
    """What limits the values, in plain words."""

    def row(self, name: str) -> Row:
        """Return the contender of that name."""
        return next(row for row in self.rows if row.name == name)
